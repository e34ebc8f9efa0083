import { join, relative, resolve } from 'node:path';
import { once } from 'node:events';
import { apiBase } from '@retort/contracts';
import type { Command } from 'commander';
import { launchPlatform, type Platform } from '../platform.ts';
import { table } from '../terminal/format.ts';
import { abortOnInterrupt, wholeNumber } from './options.ts';

export function addStart(program: Command): void {
  program
    .command('start')
    .description('run the platform, embedded: every service and its database on this machine')
    .option('--port <number>', 'port to listen on', wholeNumber, 4000)
    .option('--data <folder>', 'data folder', '.retort')
    .action(async (options: { port: number; data: string }) => {
      const signal = abortOnInterrupt();
      const platform = await launchPlatform({ folder: resolve(options.data), port: options.port });
      process.stdout.write(`${welcome(platform)}\n`);
      const ending = await Promise.race([
        platform.ended,
        signal.aborted ? null : once(signal, 'abort').then(() => null),
      ]);
      await platform.stop();
      if (signal.aborted) process.stderr.write('Stopped.\n');
      else if (ending) process.stderr.write(`The platform ended by itself (${await platform.reasonOf(ending)})\n`);
      process.exitCode = signal.aborted ? 0 : (ending?.code ?? 1);
    });
}

/** What a newcomer needs next: where it serves, the key, the address for an OpenAI client. */
export function welcome({ url, folder, firstKey, teacher }: Platform): string {
  const keyFile = relative(process.cwd(), join(folder, 'start.key'));
  return table('Retort is running', [
    ['API', `${url}${apiBase}`],
    [
      'OpenAI clients',
      `${url}/v1 (${teacher === null ? 'no teacher: set RETORT_TEACHER_BASE_URL' : `teacher: ${teacher}`})`,
    ],
    ['API reference', `${url}/docs (OpenAPI: ${url}/openapi.json)`],
    ['health, metrics', `${url}/readyz, ${url}/metrics`],
    ['API key', firstKey ?? `shown at the first start; ${keyFile} holds one, too`],
  ]);
}
