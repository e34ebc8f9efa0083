import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  getModelVersion,
  listEvaluationSamples,
  guaranteeInWords,
  type AgreementReport,
  type EvaluationSample,
  type Guarantee,
  type SliceGuarantee,
} from '@retort/contracts';
import { fault, isFault } from '@retort/kernel';
import { connectApi, type Api } from '../api.ts';
import { readDecisionFile, requireFile, requireWritable, type BadLine, type DecisionLine } from '../decision-file.ts';
import {
  countOtherEvents,
  curate,
  evaluate,
  postDecisions,
  train,
  waitForProjections,
  waitUntilServing,
} from '../loop.ts';
import { launchPlatform } from '../platform.ts';
import type { Progress } from '../terminal/progress.ts';
import { readToolsets, type NamedToolsets } from '../toolset-file.ts';
import { figuresByTool, type ToolFigures } from './by-tool.ts';
import { registeringToolsets } from './named-toolsets.ts';
import { ladderFigures, type LadderFigures, type RiskAt } from './ladder-figures.ts';
import { readTestRows } from './test-rows.ts';
import { recordInPart } from './in-part.ts';

export interface DistillOptions {
  train: string;
  test: string;
  tools?: string;
  target: number;
  out?: string;
}

/** What `retort distill --json` prints. Others measure with these names: they stay. */
export interface DistillReport extends LadderFigures {
  train_rows: number;
  /** Those that were measured on. */
  test_rows: number;
  /** Test rows that the student learnt from, the same decision being in both files: they are in no figure. */
  test_rows_learnt: number;
  tools: number;
  curated_rows: number;
  deduplication_rate: number;
  conflicts: number;
  tool_agreement: number | null;
  call_agreement: number | null;
  coverage: number | null;
  served_tool_agreement: number | null;
  served_call_agreement: number | null;
  /** Of all decisions, when the student serves what it may and the teacher, who agrees with itself, the rest. */
  together_call_agreement: number | null;
  guarantee: Guarantee;
  /** The guarantee in words. */
  promise: string;
  /** Tools that keep the promise by themselves, and tools left to the teacher, of all the student may propose. */
  tools_promised: number;
  tools_withheld: number;
  majority_baseline: number | null;
  train_seconds: number;
  predictions_per_second: number | null;
  artifact_bytes: number;
  dataset_version: string;
  model_version: string;
  events_appended: number;
  deployed: boolean;
  refused: readonly { code: string; message: string }[];
  by_tool: readonly ToolFigures[];
  /** Lines that could not be used as they stand; those that could in part are among the train rows all the same. */
  bad_lines: { train: number; test: number };
}

export interface Distillation {
  report: DistillReport;
  agreement: AgreementReport;
  /** What tools and agents keep by themselves. */
  slices: readonly SliceGuarantee[];
  risks: readonly RiskAt[];
}

/** By file, as they are found: they are told whatever becomes of the rest. */
export interface BadLines {
  train: BadLine[];
  test: BadLine[];
}

export interface DistillPorts {
  progress: Progress;
  /** Aborted, everything under way ends with its reason. */
  signal: AbortSignal;
  badLines: BadLines;
}

/** Runs the whole loop on decisions from files, through the same services that serve agents, in a data folder that
 *  is removed afterwards.
 *  @throws `cli.file-missing`, `cli.tools-invalid`, `cli.no-decisions`, and whatever step of the loop failed. */
export async function distill(options: DistillOptions, ports: DistillPorts): Promise<Distillation> {
  const { progress, signal, badLines } = ports;
  requireFile(options.train, '--train');
  requireFile(options.test, '--test');
  if (options.out !== undefined) await requireWritable(options.out, '--out');
  const toolsets = await readToolsets(options.tools, options.train);
  const test = await readTestRows(options.test, toolsets, (bad) => badLines.test.push(bad));
  if (test.length === 0) throw nothingToUse('--test', options.test);
  const folder = await mkdtemp(join(tmpdir(), 'retort-distill-'));
  try {
    progress.step('starting the platform');
    // The command line drives each step itself; no agent should act in between.
    const platform = await launchPlatform({ folder, port: 0, environment: { RETORT_AUTO: 'false' } });
    try {
      return await runLoop(connectApi(platform, signal), { options, toolsets, test, badLines, progress });
    } catch (error) {
      signal.throwIfAborted();
      // The folder goes, and its log with it: what a person needs of it is shown now.
      if (!isFault(error, 'cli.no-decisions'))
        process.stderr.write(`The platform's log ends with:\n${await platform.logTail()}\n`);
      throw error;
    } finally {
      progress.step('stopping the platform');
      await platform.stop();
      progress.done();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Loop extends Pick<DistillPorts, 'progress' | 'badLines'> {
  options: DistillOptions;
  toolsets: NamedToolsets;
  test: readonly DecisionLine[];
}

async function runLoop(api: Api, { options, toolsets, test, badLines, progress }: Loop): Promise<Distillation> {
  const withToolsets = registeringToolsets(api, toolsets);

  progress.step('posting decisions');
  const onBadLine = (bad: BadLine) => badLines.train.push(bad);
  const trainRows = withToolsets(readDecisionFile(options.train, onBadLine), onBadLine);
  const posted = await postDecisions(api, trainRows, (total) =>
    progress.step('posting decisions', 0, total.toLocaleString('en-US')),
  );
  const inPart = await recordInPart(api, posted.refused);
  badLines.train.push(...inPart.badLines);

  const recorded = posted.recorded + inPart.recorded;
  if (recorded === 0) throw nothingToUse('--train', options.train);
  const measured: DecisionLine[] = [];
  for await (const row of withToolsets(test, (bad) => badLines.test.push(bad))) measured.push(row);

  progress.step('projecting');
  await waitForProjections(api);
  const curation = await curate(api, {}, ({ fraction }) => progress.step('curating', fraction));
  const dataset = curation.result!;
  const training = await train(
    api,
    { body: { dataset_version: dataset.dataset_version, target: options.target } },
    ({ fraction, step }) => progress.step('training', fraction, step),
  );
  const modelVersion = training.model_version!;
  if (training.deployed) await waitUntilServing(api, modelVersion);
  const model = await api.call(getModelVersion, { params: { model: training.model, version: modelVersion } });

  const evaluation = await evaluate(api, { modelVersion, source: 'test file', decisions: measured }, ({ fraction }) =>
    progress.step('evaluating', fraction),
  );
  const samples: EvaluationSample[] = [];
  for await (const sample of api.lines(listEvaluationSamples, { params: { run_id: evaluation.run_id } }))
    samples.push(sample);
  if (options.out) await writePredictions(samples, options.out);
  await waitForProjections(api);
  const otherEvents = await countOtherEvents(api);

  const agreement = evaluation.report!;
  const slices = model.slices ?? [];
  const { figures, risks } = ladderFigures(model.card, samples);
  return {
    agreement,
    slices,
    risks,
    report: {
      train_rows: recorded,
      test_rows: agreement.decisions,
      test_rows_learnt: agreement.learnt ?? 0,
      ...figures,
      tools: model.tools,
      curated_rows: dataset.rows,
      deduplication_rate: dataset.deduplication_rate,
      conflicts: dataset.conflicts,
      tool_agreement: agreement.tool_agreement.value,
      call_agreement: agreement.call_agreement.value,
      coverage: agreement.coverage.value,
      served_tool_agreement: agreement.served_tool_agreement.value,
      served_call_agreement: agreement.served_call_agreement.value,
      together_call_agreement: together(agreement),
      guarantee: model.guarantee,
      promise: guaranteeInWords(model.guarantee),
      tools_promised: slices.filter(({ by, promised }) => by === 'tool' && promised).length,
      tools_withheld: slices.filter(({ withheld }) => withheld).length,
      majority_baseline: agreement.majority_baseline,
      train_seconds: model.train_seconds,
      predictions_per_second: evaluation.predictions_per_second,
      artifact_bytes: model.artifact_bytes,
      dataset_version: dataset.dataset_version,
      model_version: modelVersion,
      events_appended: recorded + otherEvents,
      deployed: training.deployed ?? false,
      refused: training.refused,
      by_tool: figuresByTool(samples),
      bad_lines: { train: badLines.train.length, test: badLines.test.length },
    },
  };
}

function together({ coverage, served_call_agreement: served }: AgreementReport): number | null {
  return coverage.value === null ? null : 1 - coverage.value * (1 - (served.value ?? 1));
}

function nothingToUse(purpose: string, file: string) {
  return fault('cli.no-decisions', {
    public: `${purpose}: no line of ${file} can be used.`,
  });
}

/** One prediction a line: id, tool_selected, tool_parameters, confidence, served_by. */
async function writePredictions(samples: readonly EvaluationSample[], path: string): Promise<void> {
  const lines = samples.map(
    ({ id, student, confidence, served_by }) =>
      `${JSON.stringify({
        id,
        tool_selected: student?.tool_selected ?? null,
        tool_parameters: student?.tool_parameters ?? {},
        confidence,
        served_by,
      })}\n`,
  );
  await writeFile(path, lines.join(''));
}
