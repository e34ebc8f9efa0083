import type { Queryable } from '@retort/postgres';
import type { LabelledRequest } from './ask-student.ts';

/** What a run is asked to compare, kept until it is done: a run that was accepted does not depend on the process that
 *  accepted it. */
export interface Inputs {
  keep(runId: string, decisions: readonly LabelledRequest[], transaction: Queryable): Promise<void>;
  read(runId: string): AsyncIterable<{ index: number; decision: LabelledRequest }>;
  drop(runId: string, transaction: Queryable): Promise<void>;
}
