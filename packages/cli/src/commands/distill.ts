import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { formats } from '@retort/import';
import { fault } from '@retort/kernel';
import { Option, type Command } from 'commander';
import { guaranteeInWords, slicesInWords } from '@retort/contracts';
import { savingOf, splitLog, type Prices, type Saving, type SplitLog } from '../distill/from-log.ts';
import {
  distill,
  type BadLines,
  type Distillation,
  type DistillOptions,
  type DistillReport,
} from '../distill/distill.ts';
import { learningCurve, type LearntFrom } from '../distill/learning-curve.ts';
import type { BadLine } from '../decision-file.ts';
import { count, percent } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
import { toolsOf } from '../toolset-file.ts';
import { rateBar, report, shareBar } from '../terminal/report.ts';
import { abortOnInterrupt, fraction, price } from './options.ts';

const badLinesShown = 10;
const toolsShown = 12;

export function addDistill(program: Command): void {
  program
    .command('distill')
    .description('train and measure a student on decisions from JSON lines or a log, through the whole platform')
    .argument('[log]', 'with --from: a file or a folder; one session in five is measured on')
    .addOption(new Option('--from <format>', 'who wrote the log').choices(formats.map(({ name }) => name)))
    .option('--train <file>', 'decisions to learn from: JSON lines, plain or gzip')
    .option('--test <file>', 'decisions to be measured on, never learnt from')
    .option('--tools <file>', 'toolsets that rows name in `toolset` (default: tools.json beside the training file)')
    .option('--target <rate>', 'promised agreement of whole calls among what the student serves', fraction, 0.93)
    .option('--out <file>', 'write one prediction a line')
    .option('--price-input <money>', 'what the teacher costs per million tokens read', price)
    .option('--price-output <money>', 'what it costs per million tokens written', price)
    .option('--currency <code>', 'of these prices', 'USD')
    .option('--learning-curve', 'learn from an eighth, a quarter and a half of the rows as well')
    .option('--json', 'print the report as one JSON object on the last line of stdout')
    .action(async (log: string | undefined, options: Options) => {
      const { from, train, test } = options;
      if (from !== undefined && log !== undefined) return distilLog(log, from, options);
      if (train === undefined || test === undefined || from !== undefined || log !== undefined) throw inputMissing();
      const distillation = await measured({ ...options, train, test }, abortOnInterrupt());
      process.stdout.write(`${options.json ? JSON.stringify(distillation.report) : describe(distillation)}\n`);
    });
}

interface Asked extends DistillOptions {
  learningCurve?: boolean;
}

/** With the learning curve where it was asked for. */
interface Measured extends Distillation {
  report: DistillReport & { learning_curve?: readonly LearntFrom[] };
}

interface Options extends Omit<Asked, 'train' | 'test'> {
  from?: string;
  train?: string;
  test?: string;
  priceInput?: number;
  priceOutput?: number;
  currency: string;
  json?: boolean;
}

function inputMissing() {
  return fault('cli.input-missing', {
    public: 'Give either --train and --test, or a log with --from <format>.',
  });
}

async function measured(options: Asked, signal: AbortSignal): Promise<Measured> {
  const badLines: BadLines = { train: [], test: [] };
  const distillation = await distill(options, { progress: terminalProgress(), signal, badLines }).finally(() => {
    reportBadLines(options.train, badLines.train);
    reportBadLines(options.test, badLines.test);
  });
  if (!options.learningCurve) return distillation;
  const curve = await learningCurve(options, { progress: terminalProgress(), signal });
  return { ...distillation, report: { ...distillation.report, learning_curve: curve } };
}

async function distilLog(log: string, from: string, options: Options): Promise<void> {
  const signal = abortOnInterrupt();
  const folder = await mkdtemp(join(tmpdir(), 'retort-log-'));
  const { tools: toolFile, json = false } = options;
  const format = formats.find(({ name }) => name === from)!;
  const tools = toolFile === undefined ? null : await toolsOf(resolve(toolFile));
  try {
    const progress = terminalProgress();
    const split = await splitLog({ format, path: resolve(log), agentId: 'imported', tools }, folder, {
      progress,
      signal,
    }).finally(() => progress.done());
    const { target, out, learningCurve } = options;
    const asked = {
      train: split.train,
      test: split.test,
      target,
      ...(learningCurve && { learningCurve }),
      ...(out === undefined ? {} : { out }),
    };
    const distillation = await measured(asked, signal);
    const saving = savingOf(split.traffic, distillation.report.coverage ?? 0, pricesIn(options));
    const { read, traffic } = split;
    process.stdout.write(
      json
        ? `${JSON.stringify({ ...distillation.report, log: { read, traffic, saving } })}\n`
        : `${describe(distillation, savingLines(saving, split))}\n`,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pricesIn({ priceInput: input, priceOutput: output, currency }: Options): Prices | null {
  return input === undefined && output === undefined ? null : { input: input ?? 0, output: output ?? 0, currency };
}

/** The sentence that somebody distils a log for. */
function savingLines(
  { share, calls, tokens, cost, currency, per }: Saving,
  { traffic, read }: SplitLog,
): [string, string][] {
  const when = per === 'month' ? ' a month' : ' of this log';
  const money = cost === null ? '' : ` and ${cost.toFixed(2)} ${currency ?? ''}`;
  const told = tokens === 0 ? '' : `, ${count(tokens)} tokens`;
  const lost = [...read.unusable, ...read.refused].reduce((sum, { count: times }) => sum + times, 0);
  return [
    ['could be served', `${percent(share)} of your tool turns: ${count(calls)} calls${told}${money}${when}`],
    [
      'from',
      `${count(read.records)} records, ${count(traffic.tool_turns)} tool turns${traffic.days === null ? '' : ` in ${count(traffic.days)} days`}${lost === 0 ? '' : `; ${count(lost)} records hold no decision (retort import --dry-run says why)`}`,
    ],
  ];
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
  const highest = Math.max(...risks.map(({ risk }) => risk), 0.01);
  const wrong = risks.map(({ coverage, risk }, index): [string, string] => [
    index === 0 ? 'wrong answers' : '',
    `${shareBar(risk / highest)} ${percent(risk).padStart(6)} of ${coverage === 1 ? 'all' : `the surest ${Math.round(100 * coverage)}%`}`,
  ]);
  return [...rungs, ...seen, ...wrong];
}

/** How often the student answers as the teacher does, by the teacher's tool. */
function toolLines({ report: { by_tool } }: Distillation): [string, string][] {
  const shown = by_tool
    .slice(0, toolsShown)
    .map(({ tool, turns, same_calls, served, served_same_calls }): [string, string] => {
      const right = served === 0 ? '' : `, ${percent(served_same_calls / served)} of them right`;
      return [tool, `${rateBar(measuredOf(same_calls, turns))}; ${count(served)} served${right}`];
    });
  const left = by_tool.length - shown.length;
  return left > 0 ? [...shown, ['', `and ${count(left)} more (--json shows all)`]] : shown;
}

const measuredOf = (numerator: number, denominator: number) => ({
  value: numerator / denominator,
  numerator,
  denominator,
});

/** What the students of fewer rows do, and the one that was measured. */
function curveLines({ report: { learning_curve: curve, ...all } }: Measured): [string, string][] {
  if (!curve) return [];
  return [...curve, all].map(({ train_rows, call_agreement, coverage, served_call_agreement: right }, index) => [
    index === 0 ? 'learning curve' : '',
    `${shareBar(call_agreement ?? 0)} ${known(call_agreement)} call agreement from ${count(train_rows)} rows; ${known(coverage)} served${right === null ? '' : `, ${percent(right)} of them right`}`,
  ]);
}

const known = (share: number | null) => (share === null ? '–' : percent(share));

function describe(distillation: Measured, first: [string, string][] = []): string {
  const { report: measured, agreement, slices } = distillation;
  const { guarantee, refused } = measured;
  const threshold = guarantee.threshold === null ? '' : ` (threshold ${guarantee.threshold.toFixed(3)})`;
  const single = slicesInWords(slices);
  return report('Distilled', [
    first,
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
    toolLines(distillation),
    curveLines(distillation),
    [
      ['trained in', `${measured.train_seconds.toFixed(1)} s`],
      ['predictions/s', measured.predictions_per_second === null ? '–' : count(measured.predictions_per_second)],
      ['artifact', `${(measured.artifact_bytes / 1e6).toFixed(1)} MB`],
      ['data set, model', `${measured.dataset_version}, ${measured.model_version}`],
    ],
  ]);
}
