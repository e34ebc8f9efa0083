import type { Command } from 'commander';
import { guaranteeInWords, slicesInWords } from '@retort/contracts';
import { distill, type BadLines, type Distillation, type DistillOptions } from '../distill/distill.ts';
import type { BadLine } from '../decision-file.ts';
import { count, percent } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
import { rateBar, report } from '../terminal/report.ts';
import { abortOnInterrupt, fraction } from './options.ts';

const badLinesShown = 10;

export function addDistill(program: Command): void {
  program
    .command('distill')
    .description('train and measure a student on decisions from JSON lines, through the whole platform')
    .requiredOption('--train <file>', 'decisions to learn from: JSON lines, plain or gzip')
    .requiredOption('--test <file>', 'decisions to be measured on, never learnt from')
    .option('--tools <file>', 'toolsets that rows name in `toolset` (default: tools.json beside the training file)')
    .option('--target <rate>', 'promised agreement of whole calls among what the student serves', fraction, 0.93)
    .option('--out <file>', 'write one prediction a line')
    .option('--json', 'print the report as one JSON object on the last line of stdout')
    .action(async (options) => {
      const { json, ...rest } = options as DistillOptions & { json?: boolean };
      const signal = abortOnInterrupt();
      const badLines: BadLines = { train: [], test: [] };
      const distillation = await distill(rest, { progress: terminalProgress(), signal, badLines }).finally(() => {
        reportBadLines(rest.train, badLines.train);
        reportBadLines(rest.test, badLines.test);
      });
      process.stdout.write(`${json ? JSON.stringify(distillation.report) : describe(distillation)}\n`);
    });
}

function reportBadLines(file: string, bad: readonly BadLine[]): void {
  if (bad.length === 0) return;
  const sorted = [...bad].sort((left, right) => left.line - right.line);
  const inPart = bad.filter(({ usedInPart }) => usedInPart).length;
  const told = [
    [bad.length - inPart, 'left out'],
    [inPart, 'used in part'],
  ] as const;
  for (const [lines, what] of told)
    if (lines > 0) process.stderr.write(`${file}: ${count(lines)} ${lines === 1 ? 'line' : 'lines'} ${what}\n`);
  for (const { line, message } of sorted.slice(0, badLinesShown)) process.stderr.write(`  line ${line}: ${message}\n`);
  if (bad.length > badLinesShown) process.stderr.write(`  … and ${count(bad.length - badLinesShown)} more\n`);
}

function overlapNote({ test_rows_learnt: learnt, test_rows: rows }: Distillation['report']): [string, string][] {
  if (learnt === 0) return [];
  const left = rows === 0 ? 'nothing is left to measure on' : 'they are in no figure';
  return [['in both files', `${count(learnt)} test rows are also training rows: ${left}`]];
}

/** What each rung of the ladder serves, and how often the surest answers are wrong. */
function ladderLines({ report: { ladder, rung, novel_share, novel_served }, risks }: Distillation): [string, string][] {
  const rungs = ladder.map(({ share, threshold, coverage }, index): [string, string] => [
    index === 0 ? 'never-seen requests' : '',
    `at most ${percent(share)}: ${threshold === null ? 'nothing is served' : `${percent(coverage)} served, from ${threshold.toFixed(3)} on`}${share === rung ? ' (in use at the end)' : ''}`,
  ]);
  const seen: [string, string][] =
    novel_share === null
      ? []
      : [
          [
            'of the test rows',
            `about ${percent(novel_share)} never seen${novel_served === null ? '' : `; ${percent(novel_served)} of those that look so were served`}`,
          ],
        ];
  const wrong = risks
    .map(({ coverage, risk }) => `${percent(risk)} of ${coverage === 1 ? 'all' : `the surest ${100 * coverage}%`}`)
    .join(', ');
  return [...rungs, ...seen, ...(wrong === '' ? [] : ([['wrong answers', wrong]] as [string, string][]))];
}

function describe(distillation: Distillation): string {
  const { report: measured, agreement, slices } = distillation;
  const { guarantee, refused } = measured;
  const threshold = guarantee.threshold === null ? '' : ` (threshold ${guarantee.threshold.toFixed(3)})`;
  const single = slicesInWords(slices);
  return report('Distilled', [
    [
      ['decisions', `${count(measured.train_rows)} to learn from, ${count(measured.test_rows)} to be measured on`],
      ['turns measured', `${count(measured.tool_turns)} with a call, ${count(measured.words)} of words`],
      ...overlapNote(measured),
      ['tools', count(measured.tools)],
      [
        'curated rows',
        `${count(measured.curated_rows)} (${percent(measured.deduplication_rate)} duplicates, ${count(measured.conflicts)} conflicts)`,
      ],
    ],
    [
      ['tool agreement', rateBar(agreement.tool_agreement)],
      ['call agreement', rateBar(agreement.call_agreement)],
      ['majority baseline', measured.majority_baseline === null ? '–' : percent(measured.majority_baseline)],
    ],
    [
      ['guarantee', `${guaranteeInWords(guarantee)}${threshold}`],
      ...(single === null ? [] : [['', single] as const]),
      ['coverage', rateBar(agreement.coverage)],
      ['served call agreement', rateBar(agreement.served_call_agreement)],
      [
        'with the teacher',
        measured.together_call_agreement === null
          ? '–'
          : `${percent(measured.together_call_agreement)} of all calls are the teacher’s, when it answers what the student does not`,
      ],
      ['deployed', measured.deployed ? 'yes' : `no: ${refused.map((reason) => reason.message).join('; ')}`],
    ],
    ladderLines(distillation),
    [
      ['trained in', `${measured.train_seconds.toFixed(1)} s`],
      ['predictions/s', measured.predictions_per_second === null ? '–' : count(measured.predictions_per_second)],
      ['artifact', `${(measured.artifact_bytes / 1e6).toFixed(1)} MB`],
      ['data set, model', `${measured.dataset_version}, ${measured.model_version}`],
    ],
  ]);
}
