import type { DatasetPurpose, RunState } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { nextAttempt } from './attempts.ts';
import type { GateReason } from './gate-reason.ts';

/** A run that the trainer started on a data set. */
export interface TriedAttempt {
  runId: string;
  state: RunState;
  configuration: JsonObject;
  deployed: boolean;
  refused: GateReason[];
  /** Code of what it failed with. */
  error: string | null;
}

/** What the trainer knows of a data set. */
export interface TrainingSituation {
  model: string;
  datasetVersion: string;
  purpose: DatasetPurpose;
  /** The event that published the data set. */
  eventId: string;
  tried: TriedAttempt[];
  /** Configurations tried at most. */
  limit: number;
  /** Calls of the teacher that may be spent on more data; 0 when it was asked for this data set already, or may not be. */
  teacherCalls: number;
}

export interface TrainingOnData {
  action: 'train';
  model: string;
  datasetVersion: string;
  eventId: string;
  /** From 1. */
  attempt: number;
  configuration: JsonObject;
}
export interface MoreData {
  action: 'ask-teacher';
  model: string;
  datasetVersion: string;
  calls: number;
}

/** More decisions neither take copies out of other groups nor bring back what was rolled back. */
const unmendable = new Set(['gate.leakage', 'gate.rolled-back']);

/** A run that ended with its process is no attempt, but there is an end to starting it anew as well. */
const lostRuns = 3;

/** Whether, and with which configuration, to train on a data set after what was tried on it; when nothing is left to try,
 *  whether to ask the teacher for more. Bounded on both ways: so many configurations, and the teacher once. */
export function planTraining(situation: TrainingSituation): {
  decision: TrainingOnData | MoreData | null;
  why: string;
} {
  const { model, datasetVersion, purpose, eventId, tried, limit, teacherCalls } = situation;
  const nothing = (why: string) => ({ decision: null, why });
  if (purpose === 'experiment') return nothing(`${datasetVersion} is an experiment: whoever made it trains on it.`);
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
  if (next.action === 'train')
    return {
      decision: {
        action: 'train',
        model,
        datasetVersion,
        eventId,
        attempt: tried.length + 1,
        configuration: next.configuration,
      },
      why: `Attempt ${tried.length + 1}: ${next.because}.`,
    };
  const mendable = !refused.at(-1)?.refused.some(({ code }) => unmendable.has(code));
  if (teacherCalls === 0 || !mendable) return nothing(next.because);
  return {
    decision: { action: 'ask-teacher', model, datasetVersion, calls: teacherCalls },
    why: `${next.because} The teacher may be asked for up to ${teacherCalls} decisions it has not made yet.`,
  };
}
