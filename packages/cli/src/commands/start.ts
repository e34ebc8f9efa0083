import { resolve } from 'node:path';
import { once } from 'node:events';
import { apiBase, createApiKey } from '@retort/contracts';
import type { Command } from 'commander';
import { launchPlatform } from '../platform.ts';
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
      const code = await Promise.race([platform.ended, signal.aborted ? null : once(signal, 'abort').then(() => null)]);
      await platform.stop();
      process.exitCode = signal.aborted ? 0 : (code ?? 1);
    });
}

/** What a newcomer needs next: where it serves, the key, a first decision. */
export function welcome(platform: { url: string; firstKey: string | null }): string {
  return table('Retort is running', [
    ['API', `${platform.url}${apiBase}`],
    ['OpenAPI', `${platform.url}/openapi.json`],
    ['health, metrics', `${platform.url}/readyz, ${platform.url}/metrics`],
    ['API key', platform.firstKey ?? `was shown at the first start; POST ${createApiKey.path} makes another`],
  ]);
}
