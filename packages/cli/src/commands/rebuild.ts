import { resolve } from 'node:path';
import { rebuilds, verifications, type AnswerOf, type LogDifference } from '@retort/contracts';
import type { Command } from 'commander';
import { connectApi, followRun } from '../api.ts';
import { withPlatform } from '../running-platform.ts';
import { count, table } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
import { abortOnInterrupt } from './options.ts';

interface Options {
  data: string;
  service?: string;
  json?: boolean;
}

/** What `retort verify` ends with when something differs. */
export const differsExitCode = 3;

export function addRebuild(program: Command): void {
  program
    .command('rebuild')
    .description('make the tables of the services again of the log, beside a platform that goes on answering')
    .option('--service <name>', 'only the tables of this service')
    .option('--data <folder>', 'data folder', '.retort')
    .option('--json', 'print the run as one JSON object')
    .action(async (options: Options) => {
      const rebuilt = await follow(options, rebuilds);
      print('Rebuilt', rebuilt, options, [
        ['events', count(rebuilt.events ?? 0)],
        ['rows put right', count(rebuilt.healed_rows ?? 0)],
        ['events nobody can read', count(rebuilt.unreadable?.length ?? 0)],
        ...(rebuilt.missing_artifacts ?? []).map((digest): [string, string] => ['artifact missing', digest]),
      ]);
    });
  program
    .command('verify')
    .description('compare the log with the tables, the artifacts and the hash chain; code 3 when something differs')
    .option('--service <name>', 'only the tables of this service')
    .option('--data <folder>', 'data folder', '.retort')
    .option('--json', 'print the run as one JSON object')
    .action(async (options: Options) => {
      const verified = await follow(options, verifications);
      print('Verified', verified, options, [
        ['events', count(verified.events ?? 0)],
        ['differing', count(verified.differing ?? 0)],
        ...(verified.differences ?? []).map((difference): [string, string] => [difference.what, nameOf(difference)]),
      ]);
      if (verified.differing !== 0) process.exitCode = differsExitCode;
    });
}

async function follow<Runs extends typeof rebuilds | typeof verifications>(
  { data, service }: Options,
  runs: Runs,
): Promise<AnswerOf<Runs['get']>> {
  const signal = abortOnInterrupt();
  const progress = terminalProgress();
  return withPlatform(resolve(data), async (platform) => {
    const api = connectApi(platform, signal);
    const started = await api.call(runs.create, { body: service === undefined ? {} : { service } });
    try {
      return await followRun(api, runs, started, ({ fraction, step }) => progress.step(step, fraction));
    } finally {
      progress.done();
    }
  });
}

function nameOf({ kind, service, table: name, id }: LogDifference): string {
  return kind === 'row' ? `${service} ${name} ${id}` : `${kind} ${id}`;
}

function print(title: string, run: object, { json = false }: Options, rows: [string, string][]): void {
  process.stdout.write(json ? `${JSON.stringify(run)}\n` : `${table(title, rows)}\n`);
}
