import type { EvaluationSample } from '@retort/contracts';

export interface EvaluationKey {
  tenant: string;
  evaluationId: string;
}

export interface SampleFilter extends EvaluationKey {
  verdict: EvaluationSample['verdict'] | undefined;
}

export interface SampleQuery extends SampleFilter {
  /** An index. */
  after: number;
  limit: number;
}

/** The comparisons of each evaluation, in their order. */
export interface Samples {
  add(key: EvaluationKey, samples: readonly EvaluationSample[]): Promise<void>;
  /** All of an evaluation as one artifact, NDJSON: what outlives the table. Returns its digest. */
  keep(key: EvaluationKey): Promise<string>;
  /** Removes the comparisons of decisions, and the artifacts that hold one of them. Returns how many of each. */
  erase(tenant: string, isErased: (decisionId: string) => boolean): Promise<{ samples: number; artifacts: number }>;
  page(query: SampleQuery): Promise<EvaluationSample[]>;
  /** Every sample, read a thousand at a time. */
  all(filter: SampleFilter): AsyncIterable<EvaluationSample>;
}
