import type { PredictionInput, PredictionView, servingModel } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';
import type { z } from 'zod';

/** The students of one tenant, asked as an agent asks them. */
export interface Students {
  serving(): Promise<z.infer<typeof servingModel>[]>;
  /** Their proposals in the order of the questions; they do not count as traffic. */
  propose(questions: PredictionInput[], signal: AbortSignal): Promise<PredictionView[]>;
}

export type StudentsOf = (tenant: string, trace: Trace) => Students;
