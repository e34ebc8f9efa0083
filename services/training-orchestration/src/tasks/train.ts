import { transferring, type OnProgress, type Task } from '@retort/service-kit';
import {
  searchConfiguration,
  trainStudent,
  type SearchOptions,
  type SearchRecord,
  type TaughtDecision,
  type TrainingOptions,
} from '@retort/student';
import { countLeakage, majorityBaseline } from '../domain/leakage.ts';
import { unpackDecisions } from '../domain/packed-decisions.ts';
import type { StudentOutcome } from '../domain/trained-model.ts';

export interface TrainingTask {
  /** NDJSON of `PackedDecision`: the thread parses, so that the event loop need not. */
  decisions: Uint8Array<ArrayBuffer>;
  /** The tools behind each toolset's digest. */
  toolsets: Record<string, TaughtDecision['tools']>;
  options: TrainingOptions;
  /** Compare these configurations first and train with the best; absent: train with the options' own. */
  search?: SearchOptions;
}

/** Trains on a task, in whichever process it arrived. */
export function trainPacked(
  { decisions: packed, toolsets, options, search }: TrainingTask,
  report: OnProgress,
): StudentOutcome {
  const decisions = [...unpackDecisions({ decisions: packed, toolsets })];
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const searched = search ? { share: 0.5, record: compare(decisions, { search, options, seconds, report }) } : null;
  const configuration = searched?.record.chosen ?? options.configuration ?? {};
  const { artifact, card, heldOut } = trainStudent(decisions, { ...options, configuration }, (progress) =>
    report({
      ...progress,
      fraction: searched ? searched.share + (1 - searched.share) * progress.fraction : progress.fraction,
    }),
  );
  return {
    artifact,
    card,
    heldOut,
    configuration,
    search: searched?.record ?? null,
    leakage: countLeakage(decisions),
    majorityBaseline: majorityBaseline(decisions),
    trainSeconds: seconds(),
  };
}

function compare(
  decisions: readonly TaughtDecision[],
  question: { search: SearchOptions; options: TrainingOptions; seconds(): number; report: OnProgress },
): SearchRecord {
  const { search, options, seconds, report } = question;
  return searchConfiguration(decisions, {
    search,
    options,
    train: trainStudent,
    now: seconds,
    onProgress: (progress) => report({ ...progress, fraction: 0.5 * progress.fraction }),
  });
}

/** The same in a worker thread. */
const train: Task<TrainingTask, StudentOutcome> = (task, report) => {
  const outcome = trainPacked(task, report);
  // A copy of its own: a view into a larger buffer cannot be handed over.
  const artifact = Uint8Array.from(outcome.artifact);
  return transferring({ ...outcome, artifact }, [artifact.buffer]);
};
export default train;
