import { z } from 'zod';
import { timestamp } from '../json.ts';

/** What an erasure consists of, in its order: the data keys, the rows of decisions, the data sets, what evaluations kept, the models. */
export const erasureSteps = ['keys', 'decisions', 'datasets', 'evaluations', 'models'] as const;
export const erasureStep = z.enum(erasureSteps);
export type ErasureStep = z.infer<typeof erasureStep>;

const erasureId = z.uuid().describe('The erasure.');

/** ERASURE_REQUESTED: from here on the log cannot be read with these keys. Who it is about, only the tenant's key tells. */
export const erasureRequested = z.object({
  erasure_id: erasureId,
  kind: z.string().describe('What kind of subject it is.'),
  subject: z.string().describe('Whom it is about, by pseudonym.'),
  keys: z.array(z.uuid()).describe('The data keys to destroy; none where nothing was stored of the subject.'),
});
/** ERASURE_STEP_COMPLETED: what one part of the platform has done. */
export const erasureStepCompleted = z.object({
  erasure_id: erasureId,
  step: erasureStep.describe('What is done.'),
  counts: z.record(z.string(), z.int().nonnegative()).describe('How much of what.'),
  versions: z.array(z.string()).describe('The versions that contained the subject, where the step is about versions.'),
});
/** ERASURE_COMPLETED: every step is. */
export const erasureCompleted = z.object({ erasure_id: erasureId });

/** MODEL_DATA_ERASED: of what a version learnt from, something has been erased since. */
export const modelDataErased = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('Its version.'),
  dataset_version: z.string().describe('What it learnt from.'),
  erasure_id: erasureId,
});

/** ROWS_EXPIRED: rows of a data product have been kept for as long as they are to be. Where a reader of the log finds this, it
 *  takes them out. */
export const rowsExpired = z.object({
  product: z.literal('agent_decision_history').describe('The data product.'),
  recorded_before: timestamp.describe('The rows were recorded before this moment.'),
  up_to: z.string().describe('The position in the log of the last of them: all of the tenant up to it go.'),
  rows: z.int().positive().describe('How many they are.'),
});
