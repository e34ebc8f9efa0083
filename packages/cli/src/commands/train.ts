import { resolve } from 'node:path';
import type { TrainingRun } from '@retort/contracts';
import type { Command } from 'commander';
import { connectApi } from '../api.ts';
import { curate, train, waitForProjections, waitUntilServing } from '../loop.ts';
import { platformAt, type Address } from '../running-platform.ts';
import { count } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
import { report, type ReportRow } from '../terminal/report.ts';
import { abortOnInterrupt, fraction } from './options.ts';
import { addAddress } from './status.ts';

interface Options extends Address {
  target?: number;
  confidence?: number;
  json?: boolean;
}

/** What `retort train` ends with when the gate refuses the student. */
export const refusedExitCode = 3;

export function addTrain(program: Command): void {
  addAddress(
    program
      .command('train')
      .description('curate what came in, train a student on it and let the gate decide; code 3 when it refuses'),
  )
    .option('--target <share>', 'guaranteed agreement (default: the platform’s)', fraction)
    .option('--confidence <share>', 'confidence of the guarantee (default: the platform’s)', fraction)
    .option('--json', 'print the run as one JSON object')
    .action(async ({ target, confidence, json = false, ...address }: Options) => {
      const platform = await platformAt({ ...address, data: resolve(address.data) });
      const api = connectApi(platform, abortOnInterrupt());
      const progress = terminalProgress();
      const show = (what: string) => (at: { fraction: number; step: string }) =>
        progress.step(what, at.fraction, at.step);
      try {
        await waitForProjections(api);
        const { result } = await curate(api, {}, show('curating'));
        const run = await train(
          api,
          {
            body: {
              dataset_version: result!.dataset_version,
              ...(target === undefined ? {} : { target }),
              ...(confidence === undefined ? {} : { confidence }),
            },
          },
          show('training'),
        );
        if (run.deployed === true) await waitUntilServing(api, run.model_version!);
        progress.done();
        process.stdout.write(`${json ? JSON.stringify(run) : inWords(run, result!.considered)}\n`);
        if (run.deployed !== true) process.exitCode = refusedExitCode;
      } finally {
        progress.done();
      }
    });
}

function inWords(run: TrainingRun, decisions: number): string {
  const refused = run.refused.map(({ message }): ReportRow => ['refused', message]);
  return report(run.deployed ? 'A student serves' : 'The gate refused the student', [
    [
      ['decisions', count(decisions)],
      ['training data', run.dataset_version ?? 'none'],
      ['student', run.model_version ?? 'none'],
    ],
    [...refused, ...(run.deployed ? [] : [['what helps', 'retort status says it'] as const])],
  ]);
}
