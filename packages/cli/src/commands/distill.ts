import type { Command } from 'commander';
import { promiseInWords, slicesInWords } from '@retort/contracts';
import { distill, type BadLines, type Distillation, type DistillOptions } from '../distill/distill.ts';
import type { BadLine } from '../decision-file.ts';
import { count, formatRate, percent, table } from '../terminal/format.ts';
import { terminalProgress } from '../terminal/progress.ts';
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
    [inPart, 'used for the tool alone'],
  ] as const;
  for (const [lines, what] of told)
    if (lines > 0) process.stderr.write(`${file}: ${count(lines)} ${lines === 1 ? 'line' : 'lines'} ${what}\n`);
  for (const { line, message } of sorted.slice(0, badLinesShown)) process.stderr.write(`  line ${line}: ${message}\n`);
  if (bad.length > badLinesShown) process.stderr.write(`  … and ${count(bad.length - badLinesShown)} more\n`);
}

function describe({ report, agreement, slices }: Distillation): string {
  const { guarantee } = report;
  return table('Distilled', [
    ['decisions', `${count(report.train_rows)} to learn from, ${count(report.test_rows)} to be measured on`],
    ['tools', count(report.tools)],
    [
      'curated rows',
      `${count(report.curated_rows)} (${percent(report.deduplication_rate)} duplicates, ${count(report.conflicts)} conflicts)`,
    ],
    ['tool agreement', formatRate(agreement.tool_agreement)],
    ['call agreement', formatRate(agreement.call_agreement)],
    ['majority baseline', report.majority_baseline === null ? '–' : percent(report.majority_baseline)],
    [
      'promise',
      guarantee.threshold === null
        ? promiseInWords(guarantee)
        : `${promiseInWords(guarantee)} (threshold ${guarantee.threshold.toFixed(3)})`,
    ],
    ['', slicesInWords(slices) ?? ''],
    ['coverage', formatRate(agreement.coverage)],
    ['served call agreement', formatRate(agreement.served_call_agreement)],
    ['deployed', report.deployed ? 'yes' : `no: ${report.refused.map((reason) => reason.message).join('; ')}`],
    ['trained in', `${report.train_seconds.toFixed(1)} s`],
    ['predictions/s', report.predictions_per_second === null ? '–' : count(report.predictions_per_second)],
    ['artifact', `${(report.artifact_bytes / 1e6).toFixed(1)} MB`],
    ['data set, model', `${report.dataset_version}, ${report.model_version}`],
  ]);
}
