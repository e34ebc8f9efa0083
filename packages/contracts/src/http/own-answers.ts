import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { timestamp } from '../json.ts';

/** What the platform did itself with a request: no evidence of the teacher, whoever reports it. */
export const ownAnswer = z.object({
  kind: z
    .enum(['served', 'named', 'left', 'audit'])
    .describe(
      '`served`: a student answered. `named`: it did, and the caller gave the request this id. `left`: the student left the request to the teacher. `audit`: the decision of the teacher on a request that a student had answered, asked at random.',
    ),
  key: z
    .string()
    .describe(
      'Of `served` the digest of context and turn, of `left` that of the context; else the id of the decision.',
    ),
  at: timestamp.describe('When that was first so.'),
  probability: z
    .number()
    .nullable()
    .describe('π, with which served answers are audited; null where that does not matter.'),
});
export type OwnAnswer = z.infer<typeof ownAnswer>;

export const listOwnAnswers = endpoint({
  id: 'listOwnAnswers',
  owner: 'inference',
  method: 'GET',
  path: '/api/v1/predictions/answers',
  scope: 'decisions:read',
  summary: 'What the platform answered itself, by digests, as NDJSON',
  response: { 200: { lines: ownAnswer } },
  errors: [],
});
