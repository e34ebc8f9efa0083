import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf } from '@retort/kernel';

const pom = fileURLToPath(new URL('../../kafka/pom.xml', import.meta.url));
const cache = fileURLToPath(new URL('../../../../node_modules/.cache/retort/', import.meta.url));

/** A changed pom has a folder of its own. */
function jarFolder(): string {
  const version = digestOf(readFileSync(pom)).slice('sha256:'.length, 'sha256:'.length + 12);
  return join(process.env['RETORT_TEST_CACHE'] ?? cache, `kafka-${version}`);
}

export function jarsAreCached(): boolean {
  return existsSync(jarFolder());
}

/** The folder with the broker's jars, resolved through Maven the first time (minutes) and cached afterwards. A download
 *  that was broken off leaves none behind. */
export async function kafkaJars(): Promise<string> {
  const folder = jarFolder();
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const partial = `${folder}.${process.pid}`;
  await runToEnd('mvn', [
    '--quiet',
    '--batch-mode',
    '--file',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${partial}`,
  ]);
  // Another run may have been faster: its folder is as good.
  await rename(partial, folder).catch(async (error: unknown) => {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

/** @throws Error with the end of what the command printed when it fails */
export async function runToEnd(command: string, commandArguments: string[]): Promise<void> {
  const child = spawn(command, commandArguments, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString('utf8')).slice(-2_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${printed}`);
}
