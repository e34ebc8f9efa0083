import { transferring, type Task } from '@retort/service-kit';
import { trainStudent, type TaughtDecision, type TrainingOptions } from '@retort/student';
import { countLeakage, majorityBaseline } from '../domain/leakage.ts';
import type { StudentOutcome } from '../domain/trained-model.ts';
import { unpackDecisions } from './pack-decisions.ts';

export interface TrainingTask {
  /** NDJSON of `PackedDecision`: the thread parses, so that the event loop need not. */
  decisions: Uint8Array<ArrayBuffer>;
  /** The tools behind each toolset's digest. */
  toolsets: Record<string, TaughtDecision['tools']>;
  options: TrainingOptions;
}

/** Trains on a task, in whichever process it arrived. */
export function trainPacked(
  { decisions: packed, toolsets, options }: TrainingTask,
  report: Parameters<Task<TrainingTask, StudentOutcome>>[1],
): StudentOutcome {
  const decisions = [...unpackDecisions({ decisions: packed, toolsets })];
  const startedAt = performance.now();
  const { artifact, card } = trainStudent(decisions, options, report);
  return {
    artifact,
    card,
    leakage: countLeakage(decisions),
    majorityBaseline: majorityBaseline(decisions),
    trainSeconds: (performance.now() - startedAt) / 1000,
  };
}

/** The same in a worker thread. */
const train: Task<TrainingTask, StudentOutcome> = (task, report) => {
  const outcome = trainPacked(task, report);
  // A copy of its own: a view into a larger buffer cannot be handed over.
  const artifact = Uint8Array.from(outcome.artifact);
  return transferring({ ...outcome, artifact }, [artifact.buffer]);
};
export default train;
