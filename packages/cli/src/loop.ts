import {
  curationRuns,
  evaluations,
  eventCatalog,
  getServing,
  listAuditEvents,
  listProjections,
  problem,
  recordDecisions,
  trainingRuns,
  type AnswerOf,
  type CurationRun,
  type CurationRunInput,
  type EvaluationRun,
  type RequestOf,
  type TrainingRun,
} from '@retort/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@retort/kernel';
import { followRun, until, type Api } from './api.ts';
import type { DecisionLine } from './decision-file.ts';

/** A decision as it is sent. */
interface WrittenLine extends DecisionLine {
  text: string;
}

export type OnProgress = (progress: { fraction: number; step: string }) => void;

export interface PostedDecisions {
  recorded: number;
  duplicates: number;
  refused: RefusedDecision[];
}

/** A decision that was not recorded. */
export interface RefusedDecision extends DecisionLine {
  /** What was wrong with it, and where. */
  errors: readonly { pointer: string; message: string }[];
  message: string;
}

const batchSize = 250;
/** Half of what a batch may be. */
const batchBytes = 8_388_608;
/** Two batches under way keep the platform busy while the next one is being read. */
const batchesInFlight = 2;
const mostWaits = 60;

/** Posts decisions in NDJSON batches, in order, and reports what was refused by its line. */
export async function postDecisions(
  api: Api,
  decisions: AsyncIterable<DecisionLine> | Iterable<DecisionLine>,
  onPosted: (total: number) => void,
): Promise<PostedDecisions> {
  const posted: PostedDecisions = { recorded: 0, duplicates: 0, refused: [] };
  const inFlight = new Set<Promise<void>>();
  const send = async (batch: WrittenLine[]): Promise<void> => {
    const result = await recordWhole(api, batch);
    posted.recorded += result.recorded;
    posted.duplicates += result.duplicates;
    for (const item of result.results) {
      if (item.status < 400) continue;
      const { line, decision } = batch[item.index]!;
      posted.refused.push({ line, decision, ...readProblem(item.problem) });
    }
    onPosted(posted.recorded + posted.duplicates + posted.refused.length);
  };
  const start = async (batch: WrittenLine[]) => {
    while (inFlight.size >= batchesInFlight) await Promise.race(inFlight);
    // A failure is kept for the next caller that waits, also when nobody waits at the moment.
    const sending: Promise<void> = send(batch).then(() => void inFlight.delete(sending));
    sending.catch(() => undefined);
    inFlight.add(sending);
  };
  let batch: WrittenLine[] = [];
  let bytes = 0;
  const flush = async () => {
    const full = batch;
    batch = [];
    bytes = 0;
    if (full.length > 0) await start(full);
  };
  for await (const { line, decision } of decisions) {
    const text = JSON.stringify(decision);
    const size = Buffer.byteLength(text);
    if (bytes + size > batchBytes) await flush();
    batch.push({ line, decision, text });
    bytes += size;
    if (batch.length === batchSize) await flush();
  }
  await flush();
  await Promise.all(inFlight);
  return posted;
}

/** Where the platform has to catch its breath, or a quota is used up, it is asked again when it says. */
async function recordWhole(api: Api, batch: readonly WrittenLine[]): Promise<AnswerOf<typeof recordDecisions>> {
  const lines = batch.map(({ text }) => text);
  for (let waits = 0; ; waits++) {
    try {
      return await api.callWithLines(recordDecisions, lines);
    } catch (error) {
      const { retriable = false, retryAfter } = isFault(error, 'cli.request-failed') ? error.detail : {};
      if (!retriable || retryAfter === undefined || waits === mostWaits) throw error;
      await delay(retryAfter * 1000);
    }
  }
}

function readProblem(body: unknown): Pick<RefusedDecision, 'errors' | 'message'> {
  const { detail, title, errors = [] } = problem.partial().parse(body ?? {});
  const where = errors.map((error) => `${error.pointer}: ${error.message}`).join('; ');
  return { errors, message: where || detail || title || 'refused' };
}

/** Waits until the read models have seen everything the log holds now. */
export async function waitForProjections(api: Api): Promise<void> {
  await until(
    async () => {
      const { data } = await api.call(listProjections);
      return data.every((projection) => projection.caught_up) || undefined;
    },
    { waitingFor: 'the projections to catch up', timeoutMs: 120_000 },
  );
}

/** Curates what the log holds into a new version of the training data. */
export async function curate(api: Api, body: CurationRunInput, onProgress: OnProgress): Promise<CurationRun> {
  return followRun(api, curationRuns, await api.call(curationRuns.create, { body }), onProgress);
}

/** Trains on a version of the training data; the gate decides about deployment. */
export async function train(
  api: Api,
  request: RequestOf<typeof trainingRuns.create>,
  onProgress: OnProgress,
): Promise<TrainingRun> {
  return followRun(api, trainingRuns, await api.call(trainingRuns.create, request), onProgress);
}

/** Waits until inference answers with this version. */
export async function waitUntilServing(api: Api, modelVersion: string): Promise<void> {
  await until(
    async () => {
      const { data } = await api.call(getServing);
      return data.some((model) => model.model_version === modelVersion) || undefined;
    },
    { waitingFor: `inference to load ${modelVersion}`, timeoutMs: 60_000 },
  );
}

/** Compares a model version with the teacher on labelled decisions. */
export async function evaluate(
  api: Api,
  options: { modelVersion: string; source: string; decisions: readonly DecisionLine[] },
  onProgress: OnProgress,
): Promise<EvaluationRun> {
  const run = await api.callWithLines(
    evaluations.create,
    options.decisions.map(({ decision }) => decision),
    { query: { model_version: options.modelVersion, source: options.source } },
  );
  return followRun(api, evaluations, run, onProgress);
}

/** Events of every type but the decisions themselves: those are known from posting them. */
export async function countOtherEvents(api: Api): Promise<number> {
  const types = Object.keys(eventCatalog).filter((type) => type !== 'AGENT_TOOL_SELECTED');
  const counts = await Promise.all(types.map((type) => countEvents(api, type)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function countEvents(api: Api, type: string): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await api.call(listAuditEvents, { query: { event_type: type, limit: 1000, cursor } });
    count += page.data.length;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return count;
}
