import { z } from 'zod';

export const config = z.object({
  /** Evaluate by itself, on schedule and when a model was deployed. */
  auto: z.boolean().default(true),
  /** Milliseconds between two looks at every served model. */
  everyMs: z.int().positive().default(3_600_000),
  /** Milliseconds between two looks at what inference has counted. */
  costEveryMs: z.int().positive().default(3_600_000),
  /** Recent teacher decisions looked at, at most. */
  recentDecisions: z.int().min(50).max(10_000).default(1_000),
  /** Decisions from before the model's data set that its mix of tools is compared with, at most. */
  referenceDecisions: z.int().min(50).max(10_000).default(2_000),
  /** Fewer recent decisions than this tell too little. */
  minimumDecisions: z.int().positive().default(50),
  /** Observations in a row that must find drift before a retraining is asked for. */
  persistence: z.int().positive().default(2),
  /** Predictions asked for in one request. */
  batchSize: z.int().min(1).max(1_000).default(200),
  /** What the teacher costs. Without prices, calls are counted and no money is claimed. */
  currency: z.string().default('USD'),
  /** Of a million tokens that the teacher reads. */
  pricePerMillionPromptTokens: z.number().min(0).optional(),
  /** Of a million tokens that the teacher writes. */
  pricePerMillionCompletionTokens: z.number().min(0).optional(),
  /** What an hour of a processor costs, for what students take of it. */
  pricePerProcessorHour: z.number().min(0).optional(),
  /** Tokens of a teacher call, for days on which none was measured. */
  promptTokensPerCall: z.number().positive().default(1_500),
  /** The same of what it writes. */
  completionTokensPerCall: z.number().positive().default(60),
});
export type Config = z.infer<typeof config>;
