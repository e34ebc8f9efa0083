import { setTimeout as delay } from 'node:timers/promises';
import { getModelVersion, trainingRuns, type CostRow, type Measured } from '@retort/contracts';
import { connectTeacher, type Teacher } from '@retort/llm';
import { createTraffic, startTeacher, teacherModel, type SimulatedRequest, type Traffic } from '@retort/simulator';
import { connectApi, followRun, until, type Api } from '../api.ts';
import type { DecisionLine } from '../decision-file.ts';
import { curate, evaluate, postDecisions, waitForProjections, waitUntilServing } from '../loop.ts';
import { launchPlatform, type Platform } from '../platform.ts';
import type { Progress } from '../terminal/progress.ts';
import { agentsBehind, askTeacher, type Agents } from './fleet.ts';
import { readLedger } from './ledger.ts';
import type { Scoreboard } from './scoreboard.ts';

export interface DemoOptions {
  folder: string;
  port: number;
  seed: number;
  /** Decisions a second while the agents still ask their teacher; as fast as it goes when absent. */
  rate?: number;
  decisions: number;
}

export interface Demo {
  platform: Platform;
  board: Scoreboard;
  /** Of the fresh requests the one that the student was surest of. */
  answered: SimulatedRequest | null;
  /** Agents go on asking until the signal aborts; tells how many requests each side has answered. */
  keepServing(rate: number, signal: AbortSignal, onServed: (served: ServedCounts) => void): Promise<void>;
  stop(): Promise<void>;
}

export interface ServedCounts {
  student: number;
  teacher: number;
}

/** Fresh decisions that the deployed student is measured on, and requests put to it. */
const freshDecisions = 1000;
const freshRequests = 500;
/** So many agents ask at once. */
const conversations = 8;

/** The platform, the fifteen agents with their teacher, and the loop to a deployed student. */
export async function runDemo(options: DemoOptions, progress: Progress, signal: AbortSignal): Promise<Demo> {
  const startedAt = Date.now();
  progress.step('starting the platform');
  const teacherServer = await startTeacher({ seed: options.seed, noise: 0.01 });
  const platform = await launchPlatform({
    folder: options.folder,
    port: options.port,
    environment: {
      RETORT_TEACHER_BASE_URL: teacherServer.url,
      RETORT_TEACHER_API_KEY: 'simulated',
      RETORT_TEACHER_MODEL: teacherModel,
    },
  }).catch(async (error: unknown) => {
    await teacherServer.close();
    throw error;
  });
  const stop = async () => {
    await platform.stop();
    await teacherServer.close();
  };
  try {
    const api = connectApi(platform, signal);
    const teacher = connectTeacher({ baseUrl: teacherServer.url, apiKey: 'simulated', model: teacherModel });
    const traffic = createTraffic({ seed: options.seed });
    const agents = agentsBehind(platform, api, signal);
    const { board, answered } = await runLoop({ api, agents, teacher, traffic, options, startedAt }, progress, signal);
    progress.done();
    return { platform, board, answered, stop, keepServing: serveFleet(agents, traffic) };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Stage {
  api: Api;
  agents: Agents;
  teacher: Teacher;
  traffic: Traffic;
  options: DemoOptions;
  startedAt: number;
}

async function runLoop(
  stage: Stage,
  progress: Progress,
  signal: AbortSignal,
): Promise<Pick<Demo, 'board' | 'answered'>> {
  const { api, teacher, traffic, options } = stage;
  const decisions = askTeacher(traffic, teacher, { decisions: options.decisions, signal, now: () => new Date() });
  const paced = options.rate === undefined ? decisions : pace(decisions, options.rate, signal);
  const posted = await postDecisions(api, paced, (total) =>
    progress.step('agents decide', total / options.decisions, `${total.toLocaleString('en-US')} decisions`),
  );
  await waitForProjections(api);
  const curation = await curate(api, {}, ({ fraction }) => progress.step('curating', fraction));
  const dataset = curation.result!;
  progress.step('training');
  // The trainer receives TRAINING_DATA_CURATED from the bus and acts by itself.
  const started = await until(
    async () => {
      const { data } = await api.call(trainingRuns.list);
      return data.find((run) => run.dataset_version === dataset.dataset_version);
    },
    { waitingFor: 'the trainer to take up the new data set', timeoutMs: 60_000 },
  );
  const training = await followRun(api, trainingRuns, started, ({ fraction, step }) =>
    progress.step('training', fraction, step),
  );
  const model = await api.call(getModelVersion, {
    params: { model: training.model, version: training.model_version! },
  });
  if (training.deployed) await waitUntilServing(api, model.model_version);

  const fresh: DecisionLine[] = [];
  for await (const decision of askTeacher(traffic, teacher, {
    decisions: freshDecisions,
    signal,
    now: () => new Date(),
  }))
    fresh.push(decision);
  const evaluation = await evaluate(
    api,
    { modelVersion: model.model_version, source: 'fresh simulated decisions', decisions: fresh },
    ({ fraction }) => progress.step('evaluating', fraction),
  );
  const asked = training.deployed ? await askFreshRequests(stage, progress, signal) : null;
  const board: Scoreboard = {
    simulated: true,
    seed: options.seed,
    decisions: posted.recorded,
    curated_rows: dataset.rows,
    deduplication_rate: dataset.deduplication_rate,
    conflicts: dataset.conflicts,
    tools: model.tools,
    model_version: model.model_version,
    deployed: training.deployed ?? false,
    refused: training.refused,
    guarantee: model.guarantee,
    train_seconds: model.train_seconds,
    agreement: evaluation.report,
    teacher_calls_avoided: asked?.avoided ?? null,
    ledger: asked?.ledger ?? null,
    predictions_per_second: evaluation.predictions_per_second,
    seconds: (Date.now() - stage.startedAt) / 1000,
  };
  return { board, answered: asked?.surest ?? null };
}

/** Agents go on, with Retort in front of their teacher: how many did the student answer, of which was it surest, and what did
 *  that save? */
async function askFreshRequests(
  { api, agents, traffic }: Stage,
  progress: Progress,
  signal: AbortSignal,
): Promise<{ avoided: Measured; surest: SimulatedRequest | null; ledger: CostRow | null }> {
  const since = new Date().toISOString();
  const reported: Promise<void>[] = [];
  let [student, started, asked] = [0, 0, 0];
  let surest: SimulatedRequest | null = null;
  let highest = -1;
  const agent = async () => {
    while (started++ < freshRequests) {
      signal.throwIfAborted();
      const request = traffic.next();
      const answer = await agents(request);
      reported.push(answer.reported);
      if (answer.servedBy === 'student') {
        student += 1;
        const { confidence } = answer;
        if (confidence !== null && confidence > highest) [surest, highest] = [request, confidence];
      }
      progress.step('agents go on with Retort', ++asked / freshRequests);
    }
  };
  await Promise.all(Array.from({ length: conversations }, agent));
  await Promise.all(reported);
  const avoided = { value: student / freshRequests, numerator: student, denominator: freshRequests };
  return { avoided, surest, ledger: await readLedger(api, { since, turns: freshRequests }) };
}

function serveFleet(agents: Agents, traffic: Traffic): Demo['keepServing'] {
  return async (rate, signal, onServed) => {
    const served: ServedCounts = { student: 0, teacher: 0 };
    while (!signal.aborted) {
      const answer = await agents(traffic.next()).catch((error: unknown) => {
        if (signal.aborted) return null;
        throw error;
      });
      if (answer === null) return;
      served[answer.servedBy === 'student' ? 'student' : 'teacher'] += 1;
      onServed(served);
      await delay(1000 / rate, undefined, { signal }).catch(() => undefined);
    }
  };
}

async function* pace<Item>(items: AsyncIterable<Item>, rate: number, signal: AbortSignal): AsyncGenerator<Item> {
  const startedAt = Date.now();
  let index = 0;
  for await (const item of items) {
    const due = startedAt + (index++ * 1000) / rate;
    if (due > Date.now()) await delay(due - Date.now(), undefined, { signal });
    yield item;
  }
}
