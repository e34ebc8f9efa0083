import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launchPlatform } from './platform.ts';

export interface RunningPlatform {
  url: string;
  apiKey: string;
}

/** The platform that runs on a data folder, or one that is started on it and stopped after `work`.
 *  @throws `cli.platform-failed` */
export async function withPlatform<Result>(
  folder: string,
  work: (platform: RunningPlatform) => Promise<Result>,
): Promise<Result> {
  const running = await platformOn(folder);
  if (running) return work(running);
  const platform = await launchPlatform({ folder, port: 0 });
  try {
    return await work(platform);
  } finally {
    await platform.stop();
  }
}

/** What a platform wrote into its folder when it began to serve, if it still does. */
async function platformOn(folder: string): Promise<RunningPlatform | null> {
  const url = await read(join(folder, 'platform.url'));
  const apiKey = await read(join(folder, 'start.key'));
  if (url === null || apiKey === null) return null;
  const alive = await fetch(new URL('/livez', url)).then(
    ({ ok }) => ok,
    () => false,
  );
  return alive ? { url, apiKey } : null;
}

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
