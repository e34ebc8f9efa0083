import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { digestOf } from '@retort/kernel';

const pom = new URL('../../kafka/pom.xml', import.meta.url);
const cache = new URL('../../../../node_modules/.cache/retort/', import.meta.url);

/** The folder with the broker's jars, resolved through Maven the first time (minutes) and cached afterwards. A changed
 *  pom has a folder of its own; a broken-off download leaves none behind. */
export async function kafkaJars(): Promise<string> {
  const version = digestOf(await readFile(pom)).slice('sha256:'.length, 'sha256:'.length + 12);
  const folder = fileURLToPath(new URL(`kafka-${version}`, cache));
  if (existsSync(folder)) return folder;
  await mkdir(new URL('.', cache), { recursive: true });
  const partial = `${folder}.${process.pid}`;
  await runToEnd('mvn', [
    '--quiet',
    '--batch-mode',
    '--file',
    fileURLToPath(pom),
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

/** Runs a command to its end. @throws Error with the end of what it printed when it fails. */
export async function runToEnd(command: string, commandArguments: string[]): Promise<void> {
  const child = spawn(command, commandArguments, { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const keep = (chunk: Buffer) => (printed = (printed + chunk.toString('utf8')).slice(-2000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${printed}`);
}
