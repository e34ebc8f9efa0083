import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';

const entry = fileURLToPath(new URL('../../../../services/standalone/src/bootstrap-main.ts', import.meta.url));

export function addBootstrap(program: Command): void {
  program
    .command('bootstrap')
    .description('prepare the servers of a distributed platform, which RETORT_… names: tables, a tenant, its first key')
    .option('--tenant <name>', 'whose key it is', 'default')
    .option('--key-file <file>', 'where a key that is made is written; RETORT_BOOTSTRAP_KEY gives one', 'retort.key')
    .action(async ({ tenant, keyFile }: { tenant: string; keyFile: string }) => {
      const child = fork(entry, [], {
        stdio: 'inherit',
        env: { ...process.env, RETORT_BOOTSTRAP_TENANT: tenant, RETORT_BOOTSTRAP_KEY_FILE: resolve(keyFile) },
      });
      const [code] = (await once(child, 'exit')) as [number | null];
      process.exitCode = code ?? 1;
    });
}
