import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { rolloutGuard, rolloutGuards, rolloutStrategy } from '../events/rollout.ts';
import { slug } from '../json.ts';
import { gateReason, modelView } from './models.ts';
import { page } from './paging.ts';

const accept = z
  .array(z.enum(['gate.serves-less', 'gate.serves-worse']))
  .default([])
  .describe('Deploy although it is clearly behind what serves now in this.');

/** `POST /deployments` */
export const deploymentInput = z.strictObject({
  model: slug.default('tool-calling').describe('The model.'),
  model_version: z.string().describe('The version to deploy.'),
  strategy: z
    .enum(['full', ...rolloutStrategy.options])
    .default('full')
    .describe(
      '`full`: it serves. `canary`: it challenges what serves, for a share of the sessions. `shadow`: it is asked beside what serves, and answers nobody.',
    ),
  percent: z.number().gt(0).max(100).default(100).describe('Of a canary: its share of the sessions, in percent.'),
  agents: z
    .array(z.string().min(1).max(128))
    .min(1)
    .max(1000)
    .optional()
    .describe('Of a canary or a shadow: only sessions of these agents.'),
  guards: rolloutGuards
    .prefault({})
    .describe(
      'Of a canary or a shadow: when it is taken back by itself; its agreement is held to its guarantee besides.',
    ),
  accept,
});
export const deploymentView = z.object({
  model: z.string().describe('The model.'),
  model_version: z.string().describe('The version.'),
  state: z.enum(['deployed', 'challenges', 'refused']).describe('What became of it.'),
  reasons: z.array(gateReason).describe('Why the gate refused; empty when it held.'),
});

export const promotionInput = z.strictObject({
  model_version: z.string().describe('The challenger that is to serve. Once it serves, the same call changes nothing.'),
  accept,
});
export const rollbackInput = z.strictObject({
  reason: z.string().min(1).max(1000).describe('Why; it stays on the record.'),
  from: z
    .string()
    .max(128)
    .optional()
    .describe('Only when this version serves, or challenges: makes a repeated roll-back go back once.'),
});

/** Who serves, who challenges, and what became of earlier challengers. */
export const deployedModel = z.object({
  model: z.string().describe('The model.'),
  champion: z
    .object({
      model_version: z.string().describe('The version that serves.'),
      since: z.string().describe('Since when.'),
    })
    .nullable()
    .describe('null: the teacher answers.'),
  previous: z.string().nullable().describe('Where a roll-back leads; null: to the teacher.'),
  challenger: z
    .object({
      rollout_id: z.string().describe('Names this attempt.'),
      model_version: z.string().describe('The version that challenges.'),
      strategy: rolloutStrategy.describe('Whether it answers anybody.'),
      percent: z.number().describe('Its share of the sessions, in percent.'),
      agents: z.array(z.string()).nullable().describe('Only sessions of these agents; null: of all.'),
      guards: rolloutGuards.describe('When it is taken back by itself.'),
      since: z.string().describe('Since when.'),
    })
    .nullable()
    .describe('null: nobody challenges.'),
  ended: z
    .array(
      z.object({
        rollout_id: z.string().describe('The attempt.'),
        model_version: z.string().describe('The version that challenged.'),
        outcome: z.enum(['promoted', 'reverted', 'stopped', 'replaced']).describe('How it ended.'),
        guard: rolloutGuard.nullable().describe('The guard that reverted it; null where none did.'),
        reason: z.string().describe('In words.'),
        at: z.string().describe('When.'),
      }),
    )
    .describe('Earlier challengers, the latest first; 20 at most.'),
});

const modelParams = z.strictObject({ model: z.string().describe('The model.') });
const approves = { owner: 'training-orchestration', method: 'POST', scope: 'models:approve' } as const;
const refused = { json: deploymentView, description: 'The gate refused; `reasons` says why.' } as const;

export const listDeployments = endpoint({
  owner: 'training-orchestration',
  method: 'GET',
  scope: 'models:read',
  id: 'listDeployments',
  path: '/api/v1/deployments',
  summary: 'Which version of each model serves, and which one challenges it',
  response: { 200: page(deployedModel) },
  errors: [],
});

export const deployModel = endpoint({
  ...approves,
  id: 'deployModel',
  path: '/api/v1/deployments',
  audited: 'deployments.create',
  summary: 'Deploy a version, or let it challenge what serves, if the gate holds',
  body: deploymentInput,
  response: { 200: deploymentView, 409: refused },
  errors: ['deployment.already-serves', 'model.unknown', 'model.unknown-version'],
});

export const promoteModel = endpoint({
  ...approves,
  id: 'promoteModel',
  path: '/api/v1/models/{model}:promote',
  audited: 'models.promote',
  summary: 'Let the challenger serve, if the gate holds',
  params: modelParams,
  body: promotionInput,
  response: { 200: modelView, 409: refused },
  errors: ['deployment.no-challenger', 'model.unknown', 'model.unknown-version'],
});

export const rollBackModel = endpoint({
  ...approves,
  id: 'rollBackModel',
  path: '/api/v1/models/{model}:rollback',
  audited: 'models.roll-back',
  summary: 'Takes back what was deployed last: the challenger; without one, what serves, for the version before',
  description: 'Without a version before, the teacher answers.',
  params: modelParams,
  body: rollbackInput,
  response: { 200: modelView },
  errors: ['model.unknown', 'model.unknown-version'],
});

export const deploymentEndpoints = [listDeployments, deployModel, promoteModel, rollBackModel] as const;
