import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '@retort/kernel';
import { launchPlatform } from './platform.ts';

export interface RunningPlatform {
  url: string;
  apiKey: string;
}

/** A folder that no platform has worked in is a mistyped one: whoever looks after data must not make it anew.
 *  @throws `cli.no-data-folder` (400) */
export async function requireDataFolder(folder: string): Promise<void> {
  await access(join(folder, 'postgres')).catch(() => {
    throw fault('cli.no-data-folder', {
      public: `${folder} is no data folder of a platform. Name another with --data.`,
    });
  });
}

/** The platform that runs on a data folder, or one that is started on it and stopped after `work`.
 *  @throws `cli.no-data-folder` (400), `cli.platform-failed` */
export async function withPlatform<Result>(
  folder: string,
  work: (platform: RunningPlatform) => Promise<Result>,
): Promise<Result> {
  await requireDataFolder(folder);
  const running = await platformOn(folder);
  if (running) return work(running);
  const platform = await launchPlatform({ folder, port: 0 });
  try {
    return await work(platform);
  } finally {
    await platform.stop();
  }
}

/** A platform that runs: by its address and a key, or by the data folder that it runs on. */
export interface Address {
  url?: string;
  key?: string;
  data: string;
}

/** @throws `cli.no-platform` when none runs there */
export async function platformAt({ url, key, data }: Address): Promise<RunningPlatform> {
  if (url !== undefined) return { url, apiKey: key ?? '' };
  const running = await platformOn(data);
  if (running) return key === undefined ? running : { ...running, apiKey: key };
  throw fault('cli.no-platform', {
    public: `No platform runs on ${data}. Start one (retort start), or name another with --url and --key.`,
  });
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
