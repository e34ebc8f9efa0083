import { z } from 'zod';
import { digest, timestamp } from '../json.ts';
import { measured } from './learning.ts';

const riskCoverage = z.object({
  curve: z
    .array(
      z.object({
        threshold: z.number().describe('The confidence from which on turns are served.'),
        coverage: z.number().describe('The share of the turns that are, words included.'),
        risk: z.number().describe('The share of wrong answers among them.'),
      }),
    )
    .describe('From the highest confidence down.'),
  area: z.number().nullable().describe('The mean risk over all coverages; null without turns.'),
});
export type RiskCoverage = z.infer<typeof riskCoverage>;

/** How a student compares with the teacher on turns it did not learn from. Agreement and coverage count turns in which the
 *  teacher called a tool: words raise neither. Agreement of calls counts those whose arguments are known. */
export const agreementReport = z.object({
  decisions: z.int().describe('Turns that were compared, words included.'),
  tool_agreement: measured.describe('Of turns with a call, those whose tools were the teacher’s.'),
  call_agreement: measured.describe('Of turns with a call, those that were the teacher’s as a whole.'),
  coverage: measured.describe('Of turns with a call, those the student answers.'),
  served_tool_agreement: measured.describe(
    'Of what the student answers, tools that were the teacher’s. A call where the teacher used words is not.',
  ),
  served_call_agreement: measured.describe(
    'Of what the student answers, whole turns that were the teacher’s. A call where the teacher used words is not.',
  ),
  tool_turns: z
    .int()
    .optional()
    .describe('Turns with a call. Absent from reports of earlier releases, whose figures count all turns alike.'),
  words: z.int().optional().describe('Turns that the teacher answered in words; absent as `tool_turns` is.'),
  words_served: z
    .int()
    .optional()
    .describe('Of those, turns that the student answers with a call: each is wrong. Absent as `tool_turns` is.'),
  no_tool: measured
    .optional()
    .describe(
      'Of turns where the student proposes no tool, those that the teacher answered in words. They are served to callers alone that accept it. Absent as `tool_turns` is.',
    ),
  all_turns: z
    .object({
      tool_agreement: measured.describe('Tools that were the teacher’s; no tool agrees with words.'),
      call_agreement: measured.describe('Whole turns that were the teacher’s; no tool agrees with words.'),
      coverage: measured.describe('Turns the student answers.'),
    })
    .optional()
    .describe('The same over all turns, words included. Absent as `tool_turns` is.'),
  risk_coverage: riskCoverage
    .optional()
    .describe('What is served wrongly at each share that is served; absent where it was not measured.'),
  majority_baseline: z
    .number()
    .nullable()
    .describe('What answering with the most frequent call would have reached; null when there was none.'),
  learnt: z
    .int()
    .optional()
    .describe(
      'Decisions that were posted although the version had learnt from them: they are in no figure here. Absent where that is not known, and from reports of before it was asked.',
    ),
});
export type AgreementReport = z.infer<typeof agreementReport>;

/** The same turns, which neither has learnt from, answered by a version and by the one that served at that moment. */
export const pairedComparison = z.object({
  serving: z.string().describe('The version that served.'),
  turns: z.int().describe('Turns that both were asked.'),
  served_only: z
    .object({
      serving: z.int().describe('Of the version that serves.'),
      challenger: z.int().describe('Of the version that is compared with it.'),
    })
    .describe('Turns that only one of the two answers itself.'),
  wrong_only: z
    .object({
      serving: z.int().describe('Of the version that serves.'),
      challenger: z.int().describe('Of the version that is compared with it.'),
    })
    .describe('Turns that only one of the two got wrong.'),
});
export type PairedComparison = z.infer<typeof pairedComparison>;

export const modelEvaluated = z.object({
  evaluation_id: z.string().describe('The evaluation.'),
  model: z.string().describe('The model.'),
  model_version: z.string().describe('Its version.'),
  source: z
    .string()
    .describe('Where the decisions came from: cross-fitted or held-out calibration, a posted set, recent traffic.'),
  report: agreementReport.describe('What was found.'),
  comparison: pairedComparison
    .optional()
    .describe('Absent where nothing served, where no turns were new to both, and from before there was a comparison.'),
  started_at: timestamp
    .optional()
    .describe('When the comparison began; absent from evaluations that are part of a training, and from earlier ones.'),
  predictions_per_second: z.number().nullish().describe('How fast it answered in batches; absent as `started_at` is.'),
  samples: digest.optional().describe('The artifact with every comparison, NDJSON; absent as `started_at` is.'),
});
export type ModelEvaluated = z.infer<typeof modelEvaluated>;
