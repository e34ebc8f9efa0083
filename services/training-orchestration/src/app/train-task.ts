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

/** Runs in a worker thread, or in a process of its own. */
const train: Task<TrainingTask, StudentOutcome> = ({ decisions: packed, toolsets, options }, report) => {
  const decisions = [...unpackDecisions({ decisions: packed, toolsets })];
  const startedAt = performance.now();
  const { artifact, card } = trainStudent(decisions, options, report);
  const trainSeconds = (performance.now() - startedAt) / 1000;
  // A copy of its own: a view into a larger buffer cannot be handed over.
  const bytes = Uint8Array.from(artifact);
  return transferring(
    {
      artifact: bytes,
      card,
      leakage: countLeakage(decisions),
      majorityBaseline: majorityBaseline(decisions),
      trainSeconds,
    },
    [bytes.buffer],
  );
};
export default train;
