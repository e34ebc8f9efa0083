import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  evaluationSample,
  modelVersionView,
  promiseInWords,
  toolsetView,
  type AgreementReport,
  type EvaluationSample,
  type Guarantee,
  type SlicePromise,
} from '@retort/contracts';
import { connectApi, type Api } from '../api.ts';
import { readDecisionFile, requireFile, type BadLine, type DecisionLine } from '../decision-file.ts';
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
import { readToolsets, toolsNamed, type NamedToolsets } from '../toolset-file.ts';

export interface DistillOptions {
  train: string;
  test: string;
  tools?: string;
  target: number;
  out?: string;
}

/** What `retort distill --json` prints. Others measure with these names: they stay. */
export interface DistillReport {
  train_rows: number;
  test_rows: number;
  tools: number;
  curated_rows: number;
  deduplication_rate: number;
  conflicts: number;
  tool_agreement: number | null;
  call_agreement: number | null;
  coverage: number | null;
  served_tool_agreement: number | null;
  served_call_agreement: number | null;
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
  bad_lines: { train: number; test: number };
}

export interface Distillation {
  report: DistillReport;
  agreement: AgreementReport;
  /** What tools and agents keep by themselves. */
  slices: readonly SlicePromise[];
  badLines: { train: BadLine[]; test: BadLine[] };
}

/** Runs the whole loop on decisions from files, through the same services that serve agents, in a data folder that
 *  is removed afterwards.
 *  @throws `cli.file-missing`, `cli.tools-invalid`, `cli.no-decisions`, and whatever step of the loop failed. */
export async function distill(options: DistillOptions, progress: Progress, signal: AbortSignal): Promise<Distillation> {
  requireFile(options.train, '--train');
  requireFile(options.test, '--test');
  const toolsets = await readToolsets(options.tools, options.train);
  const folder = await mkdtemp(join(tmpdir(), 'retort-distill-'));
  try {
    progress.step('starting the platform');
    // The command line drives each step itself; no agent should act in between.
    const platform = await launchPlatform({ folder, port: 0, environment: { RETORT_AUTO: 'false' } });
    const abandon = () => void platform.stop();
    signal.addEventListener('abort', abandon, { once: true });
    try {
      return await runLoop(connectApi(platform), options, toolsets, progress);
    } catch (error) {
      // The folder goes, and its log with it: what a person needs of it is shown now.
      if (!signal.aborted) process.stderr.write(`The platform's log ends with:\n${await platform.logTail()}\n`);
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
      progress.step('stopping the platform');
      await platform.stop();
      progress.done();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runLoop(
  api: Api,
  options: DistillOptions,
  toolsets: NamedToolsets,
  progress: Progress,
): Promise<Distillation> {
  const badLines = { train: [] as BadLine[], test: [] as BadLine[] };
  const intern = toolsetRegistrar(api, toolsets);

  progress.step('posting decisions');
  const trainRows = withToolsets(
    readDecisionFile(options.train, (bad) => badLines.train.push(bad)),
    intern,
    (bad) => badLines.train.push(bad),
  );
  const posted = await postDecisions(api, trainRows, (total) =>
    progress.step('posting decisions', 0, total.toLocaleString('en-US')),
  );
  badLines.train.push(...posted.rejected);

  const test: DecisionLine[] = [];
  const testRows = withToolsets(
    readDecisionFile(options.test, (bad) => badLines.test.push(bad)),
    intern,
    (bad) => badLines.test.push(bad),
  );
  for await (const row of testRows) test.push(row);

  progress.step('projecting');
  await waitForProjections(api);
  const curation = await curate(api, {}, ({ fraction }) => progress.step('curating', fraction));
  const dataset = curation.result!;
  const training = await train(
    api,
    { dataset_version: dataset.dataset_version, target: options.target },
    ({ fraction, step }) => progress.step('training', fraction, step),
  );
  const modelVersion = training.model_version!;
  if (training.deployed) await waitUntilServing(api, modelVersion);
  const model = await api.get(`/api/v1/models/${training.model}/versions/${modelVersion}`, modelVersionView);

  const evaluation = await evaluate(api, { modelVersion, source: 'test file', decisions: test }, ({ fraction }) =>
    progress.step('evaluating', fraction),
  );
  const samplesPath = `/api/v1/evaluations/${evaluation.run_id}/samples`;
  if (options.out) await writePredictions(api.lines(samplesPath, evaluationSample), options.out);
  await waitForProjections(api);
  const otherEvents = await countOtherEvents(api);

  const agreement = evaluation.report!;
  const slices = model.slices ?? [];
  return {
    badLines,
    agreement,
    slices,
    report: {
      train_rows: posted.recorded,
      test_rows: agreement.decisions,
      tools: model.tools,
      curated_rows: dataset.rows,
      deduplication_rate: dataset.deduplication_rate,
      conflicts: dataset.conflicts,
      tool_agreement: agreement.tool_agreement.value,
      call_agreement: agreement.call_agreement.value,
      coverage: agreement.coverage.value,
      served_tool_agreement: agreement.served_tool_agreement.value,
      served_call_agreement: agreement.served_call_agreement.value,
      guarantee: model.guarantee,
      promise: promiseInWords(model.guarantee),
      tools_promised: slices.filter(({ by, promised }) => by === 'tool' && promised).length,
      tools_withheld: slices.filter(({ withheld }) => withheld).length,
      majority_baseline: agreement.majority_baseline,
      train_seconds: model.train_seconds,
      predictions_per_second: evaluation.predictions_per_second,
      artifact_bytes: model.artifact_bytes,
      dataset_version: dataset.dataset_version,
      model_version: modelVersion,
      events_appended: posted.recorded + otherEvents,
      deployed: training.deployed ?? false,
      refused: training.refused,
      bad_lines: { train: badLines.train.length, test: badLines.test.length },
    },
  };
}

type Interned = { toolset: string } | { unknown: string };

/** Registers each named toolset when a row first mentions it. */
function toolsetRegistrar(api: Api, toolsets: NamedToolsets): (name: string) => Promise<Interned> {
  const registered = new Map<string, Promise<Interned>>();
  const register = async (name: string): Promise<Interned> => {
    const tools = toolsNamed(toolsets, name);
    if (!tools) return { unknown: `/toolset: no tools are known for ${JSON.stringify(name)} (see --tools)` };
    const { toolset } = await api.post('/api/v1/toolsets', { json: { name, tools } }, toolsetView);
    return { toolset };
  };
  return (name) => {
    const known = registered.get(name) ?? register(name);
    registered.set(name, known);
    return known;
  };
}

async function* withToolsets(
  rows: AsyncIterable<DecisionLine>,
  intern: (name: string) => Promise<Interned>,
  onBadLine: (bad: BadLine) => void,
): AsyncGenerator<DecisionLine> {
  for await (const row of rows) {
    const { toolset } = row.decision;
    if (typeof toolset !== 'string' || toolset.startsWith('sha256:')) {
      yield row;
      continue;
    }
    const interned = await intern(toolset);
    if ('unknown' in interned) onBadLine({ line: row.line, message: interned.unknown });
    else yield { line: row.line, decision: { ...row.decision, toolset: interned.toolset } };
  }
}

/** One prediction a line: id, tool_selected, tool_parameters, confidence, served_by. */
async function writePredictions(samples: AsyncIterable<EvaluationSample>, path: string): Promise<void> {
  async function* lines() {
    for await (const sample of samples) {
      yield `${JSON.stringify({
        id: sample.id,
        tool_selected: sample.student?.tool_selected ?? null,
        tool_parameters: sample.student?.tool_parameters ?? {},
        confidence: sample.confidence,
        served_by: sample.served_by,
      })}\n`;
    }
  }
  await pipeline(lines, createWriteStream(path));
}
