import { resolve } from 'node:path';
import type { Command } from 'commander';
import { examine, type Check } from '../doctor/checks.ts';
import { report, type ReportRow } from '../terminal/report.ts';
import { wholeNumber } from './options.ts';

/** What `retort doctor` ends with when something is missing. */
export const unfitExitCode = 3;

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('whether this machine can run the platform: Node, disk, memory, port, database, time; code 3 when not')
    .option('--port <number>', 'port that it would listen on', wholeNumber, 4000)
    .option('--data <folder>', 'data folder', '.retort')
    .option('--json', 'print the checks as one JSON object')
    .action(async ({ port, data, json = false }: { port: number; data: string; json?: boolean }) => {
      const checks = await examine({ folder: resolve(data), port });
      const ok = checks.every((check) => check.ok);
      process.stdout.write(`${json ? JSON.stringify({ ok, checks }) : inWords(ok, checks)}\n`);
      if (!ok) process.exitCode = unfitExitCode;
    });
}

function inWords(ok: boolean, checks: readonly Check[]): string {
  const rows = checks.map(({ what, found, help }): ReportRow => [what, help === null ? found : `${found}. ${help}`]);
  return report(ok ? 'This machine can run the platform' : 'Something is missing', [rows]);
}
