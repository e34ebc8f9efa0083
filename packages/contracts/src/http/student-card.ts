import { z } from 'zod';

/** What the threshold is for each share of never-seen requests, as the student's own card says it. */
export const ladderFigures = z.object({
  share: z.number().describe('The rung in use until the traffic tells another.'),
  rungs: z
    .array(
      z.object({
        share: z.number().describe('ρ: the share of never-seen requests that it withstands.'),
        threshold: z.number().nullable().describe('null: none withstands so many, and the teacher answers.'),
        coverage: z.number().describe('The share of the calibration turns that it serves.'),
      }),
    )
    .describe('From the lowest share up.'),
});
const counted = z.object({
  successes: z.number().describe('Turns above the cut.'),
  trials: z.number().describe('Of how many.'),
});
/** How never-seen requests are told from known ones. */
export const noveltyFigures = z.object({
  cut: z.number().nullable().describe('Above it a request counts as never seen; null: nothing tells them apart.'),
  known: counted.describe('Calibration turns.'),
  novel: counted.describe('Proxies of never-seen requests.'),
  kinds: z
    .array(
      z.object({
        kind: z.string().describe('A kind of never-seen requests.'),
        requests: z.int().describe('Proxies of it.'),
        served: z.int().describe('Of those, the ones that are served at the threshold.'),
        worstTool: z.string().nullable().describe('The tool that most of those are made of.'),
      }),
    )
    .describe('Proxies by kind.'),
});
