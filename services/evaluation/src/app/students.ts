import type { PredictionInput, PredictionView, servingModel } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import type { z } from 'zod';

/** The students of one tenant, asked as an agent asks them. */
export interface Students {
  serving(): Promise<z.infer<typeof servingModel>[]>;
  /** Their proposals in the order of the questions; they do not count as traffic. `novelShare`: by the lowest rung that withstands
   *  this share of never-seen requests; by the one in use when absent. */
  propose(
    questions: PredictionInput[],
    by: { signal: AbortSignal; novelShare?: number | undefined },
  ): Promise<PredictionView[]>;
}

export type StudentsOf = (tenant: string, trace: Trace) => Students;
