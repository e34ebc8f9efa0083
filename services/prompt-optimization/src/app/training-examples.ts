import type { DatasetView } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import type { Example } from '../domain/example.ts';

export interface ExampleQuery {
  /** Of the data set. */
  version: string;
  /** Only these agents' decisions; all when absent. */
  agents: readonly string[] | undefined;
  signal: AbortSignal;
}

/** The data sets of one tenant, as examples to make prompts from. */
export interface TrainingExamples {
  /** The data set named, else the newest.
   *  @throws `prompts.no-dataset` (409) */
  dataset(version: string | undefined): Promise<DatasetView>;
  /** A decision whose arguments are not known shows nobody how to make a call, and cannot tell whether one was made: it is
   *  no example. */
  read(query: ExampleQuery): Promise<Example[]>;
}

export type TrainingExamplesOf = (tenant: string, trace: Trace) => TrainingExamples;
