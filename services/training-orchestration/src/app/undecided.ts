import type { DecisionInput, DecisionView } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import type { TrainingData } from './training-data.ts';

/** Requests that a student decided and the teacher did not, and where the teacher's decisions on them go. */
export interface Undecided {
  /** The latest first, at most `limit`; none that the teacher was asked for before. */
  find(limit: number, signal: AbortSignal): Promise<DecisionView[]>;
  /** Becomes part of the log, as decisions of the teacher. */
  record(decisions: readonly DecisionInput[]): Promise<void>;
  /** Has the history curated again. @returns the run's id */
  curate(): Promise<string>;
  toolset: TrainingData['toolset'];
}

export type UndecidedOf = (tenant: string, trace: Trace) => Undecided;
