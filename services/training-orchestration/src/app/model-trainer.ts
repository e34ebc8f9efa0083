import { defineAgent, type AgentDefinition } from '@retort/agent-runtime';
import type { Queryable } from '@retort/postgres';
import { fault, nameBasedId, type JsonObject } from '@retort/kernel';
import type { RunQueue } from '@retort/service-kit';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { nextAttempt, searchSpace } from '../domain/attempts.ts';
import { attemptsOn, type TriedAttempt } from '../adapters/attempts.ts';
import type { KnownDatasets } from '../adapters/datasets.ts';
import type { TrainingInput, TrainingResult } from './execute-training.ts';

interface Perception {
  model: string;
  datasetVersion: string;
  /** The event that published the data set. */
  eventId: string;
  tried: TriedAttempt[];
  limit: number;
}
interface Decision {
  model: string;
  datasetVersion: string;
  eventId: string;
  /** From 1. */
  attempt: number;
  configuration: JsonObject;
}

const wakeInput = z.object({ dataset_version: z.string().optional() });

/** A run that ended with its process is no attempt, but there is an end to starting it anew as well. */
const lostRuns = 3;

/** Trains when training data were curated, and again with another configuration when the gate refuses: a bounded number
 *  of times, then it says why not. */
export function modelTrainer(ports: {
  db: Queryable;
  queue: RunQueue<TrainingInput, TrainingResult>;
  datasets: KnownDatasets;
  config: Config;
}): AgentDefinition<Perception, Decision> {
  const { db, queue, datasets, config } = ports;
  return defineAgent<Perception, Decision>({
    name: 'model-trainer',
    async perceive({ tenant, wake }) {
      const { dataset_version: named } = wakeInput.parse(wake.input ?? {});
      const datasetVersion = named ?? (await datasets.newest(tenant));
      const trace = datasetVersion === null ? null : await datasets.traceOf(tenant, datasetVersion);
      if (datasetVersion === null || !trace?.causationId)
        throw fault('training.no-dataset', {
          status: 409,
          retriable: false,
          public: 'No training data of that version were published.',
        });
      const tried = await attemptsOn(db, { tenant, model: config.model, datasetVersion });
      return { model: config.model, datasetVersion, eventId: trace.causationId, tried, limit: config.attempts };
    },
    decide: decideTraining,
    async act({ model, datasetVersion, eventId, attempt, configuration }, run) {
      const { runId } = await queue.enqueue({
        // Acting twice on one verdict starts one run.
        runId: nameBasedId(eventId, `${model} attempt ${attempt}`),
        tenant: run.tenant,
        trace: { ...run.trace, causationId: eventId },
        input: {
          model,
          dataset_version: datasetVersion,
          target: config.target,
          confidence: config.confidence,
          seed: 1,
          configuration,
          search: searchOf(config, { attempt, configuration }),
          slices: config.slices,
          provider: config.provider,
          deploy: true,
          attempt,
        },
      });
      return { training_run: runId, attempt };
    },
    record: {
      perception: ({ model, datasetVersion, tried }) => ({
        model,
        dataset_version: datasetVersion,
        tried: tried.map(({ runId, state, deployed, refused }) => ({
          run_id: runId,
          state,
          deployed,
          refused: refused.map(({ code }) => code),
        })),
      }),
      decision: ({ attempt, configuration, datasetVersion }) => ({
        dataset_version: datasetVersion,
        attempt,
        configuration,
        compared_with: (searchOf(config, { attempt, configuration })?.candidates ?? []).slice(1),
      }),
    },
  });
}

function searchOf(
  { searchFromAttempt, searchCandidates, searchSeconds: seconds }: Config,
  { attempt, configuration }: Pick<Decision, 'attempt' | 'configuration'>,
): TrainingInput['search'] {
  if (attempt < searchFromAttempt || searchCandidates < 2) return null;
  return { candidates: searchSpace(configuration, searchCandidates), seconds };
}

/** Pure: whether, and with which configuration, to train on a data set after what was tried on it. */
export function decideTraining({ model, datasetVersion, eventId, tried, limit }: Perception): {
  decision: Decision | null;
  why: string;
} {
  const nothing = (why: string) => ({ decision: null, why });
  const underWay = tried.find(({ state }) => state === 'queued' || state === 'running');
  if (underWay) return nothing(`Run ${underWay.runId} is under way.`);
  if (tried.some(({ deployed }) => deployed)) return nothing(`A student of ${datasetVersion} was deployed.`);
  if (tried.some(({ state }) => state === 'cancelled')) return nothing('Somebody cancelled a run on this data set.');
  const lost = tried.filter(({ state, error }) => state === 'failed' && error === 'run.interrupted').length;
  const broken = tried.find(({ state, error }) => state === 'failed' && error !== 'run.interrupted');
  if (broken)
    return nothing(`Run ${broken.runId} failed with ${broken.error}: another configuration does not mend that.`);
  if (lost > lostRuns) return nothing(`${lost} runs ended with the process that had them.`);
  const refused = tried.filter(({ state }) => state === 'succeeded');
  const next = nextAttempt(refused, limit);
  if (next.action === 'stop') return nothing(next.because);
  return {
    decision: { model, datasetVersion, eventId, attempt: tried.length + 1, configuration: next.configuration },
    why: `Attempt ${tried.length + 1}: ${next.because}.`,
  };
}
