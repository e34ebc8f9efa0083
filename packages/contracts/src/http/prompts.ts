import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { measured } from '../events/learning.ts';
import { demonstration, promptContent } from '../events/prompts.ts';
import { slug, timestamp, versionNumber } from '../json.ts';
import { page, paging } from './paging.ts';
import { run, runEndpoints, runState } from './runs.ts';

export const promptVersionInput = z.strictObject({
  ...promptContent.shape,
  demonstrations: z.array(demonstration.strict()).max(64).describe('Decisions that the model is shown.'),
  note: z.string().max(1000).optional().describe('Whatever should be remembered of it.'),
});
export const promptVersionView = promptContent.extend({
  prompt: z.string().describe('The prompt.'),
  version: z.int().positive().describe('The number of the version; it never changes.'),
  digest: z.string().describe('The digest of its content.'),
  created_at: z.string().describe('When it was added.'),
  labels: z.array(z.string()).describe('The labels that stand for it now.'),
  score: measured.nullable().describe('How it did in its optimisation; null where it was written by hand.'),
});
export const labelInput = z.strictObject({ version: versionNumber.describe('What the label stands for.') });

/** `POST /optimization-runs` */
export const optimizationRunInput = z.strictObject({
  prompt: slug.describe('The prompt to optimise.'),
  optimizer: z.enum(['bootstrap-few-shot']).default('bootstrap-few-shot').describe('How.'),
  dataset_version: z.string().max(256).optional().describe('On which data set; the newest when absent.'),
  agents: z.array(z.string()).min(1).optional().describe('Only on these agents’ decisions; all when absent.'),
  budget: z.int().positive().max(100_000).default(200).describe('The most calls the teacher may be asked for.'),
  seed: z.int().nonnegative().default(1).describe('Where randomness begins.'),
});
export const optimizationRun = run.extend({
  prompt: z.string().describe('The prompt.'),
  optimizer: z.string().describe('How it is optimised.'),
  prompt_version: z.int().nullable().describe('The version that was made; null before.'),
  score: measured.nullable().describe('How the new version did; null before it was measured.'),
  baseline: measured.nullable().describe('How the version in production did; null before it was measured.'),
  teacher_calls: z.int().describe('How often the teacher was asked.'),
});

const promptParams = z.strictObject({ name: slug.describe('The prompt.') });
const reads = { owner: 'prompt-optimization', method: 'GET', scope: 'prompts:read' } as const;
const writes = { owner: 'prompt-optimization', scope: 'prompts:write' } as const;

export const listPrompts = endpoint({
  ...reads,
  id: 'listPrompts',
  path: '/api/v1/prompts',
  summary: 'The prompts of the tenant',
  response: {
    200: z.object({
      data: z
        .array(z.object({ prompt: z.string().describe('The prompt.'), versions: z.int().describe('How many it has.') }))
        .describe('The prompts.'),
    }),
  },
  errors: [],
});

export const addPromptVersion = endpoint({
  ...writes,
  id: 'addPromptVersion',
  method: 'POST',
  path: '/api/v1/prompts/{name}/versions',
  summary: 'Add a version; the same content again is the version that is there',
  params: promptParams,
  body: promptVersionInput,
  response: { 201: promptVersionView, 200: promptVersionView },
  errors: [],
});

export const getPromptVersion = endpoint({
  ...reads,
  id: 'getPromptVersion',
  path: '/api/v1/prompts/{name}/versions/{version}',
  summary: 'One version; it never changes, its labels may',
  params: promptParams.extend({
    version: z.coerce.number().pipe(versionNumber).describe('The number of the version.'),
  }),
  response: { 200: promptVersionView, 304: null },
  errors: ['prompts.unknown-version'],
});

export const getPrompt = endpoint({
  ...reads,
  id: 'getPrompt',
  path: '/api/v1/prompts/{name}',
  summary: 'The version a label stands for: what an agent fetches, with If-None-Match',
  params: promptParams,
  query: z.strictObject({ label: slug.default('production').describe('The label.') }),
  response: { 200: promptVersionView, 304: null },
  errors: ['prompts.unknown-label'],
});

export const promptMessagesView = z.object({
  prompt: z.string().describe('The prompt.'),
  version: z.int().positive().describe('The version that the label stands for.'),
  messages: z
    .array(
      z.object({
        role: z.literal('system').describe('Before the agent’s own instructions.'),
        content: z.string().describe('The instruction, then the demonstrations.'),
      }),
    )
    .describe('As a chat completion takes them.'),
});

export const getPromptMessages = endpoint({
  ...reads,
  id: 'getPromptMessages',
  path: '/api/v1/prompts/{name}/messages',
  summary: 'The version a label stands for, as the messages that a teacher is told; with If-None-Match',
  params: promptParams,
  query: z.strictObject({ label: slug.default('production').describe('The label.') }),
  response: { 200: promptMessagesView, 304: null },
  errors: ['prompts.unknown-label'],
});

export const labelPrompt = endpoint({
  ...writes,
  id: 'labelPrompt',
  method: 'PUT',
  path: '/api/v1/prompts/{name}/labels/{label}',
  audited: 'prompts.label',
  summary: 'Let a label stand for a version',
  params: promptParams.extend({ label: slug.describe('The label.') }),
  body: labelInput,
  response: { 200: promptVersionView },
  errors: ['prompts.unknown-version'],
});

const runs = runEndpoints('/api/v1/optimization-runs', {
  owner: 'prompt-optimization',
  area: 'prompts',
  scope: 'prompts:write',
  readScope: 'prompts:read',
  name: 'OptimizationRun',
  noun: 'optimisation',
  view: optimizationRun,
  create: {
    id: 'optimizePrompt',
    summary: 'Make a better version of a prompt, within a budget of teacher calls',
    body: optimizationRunInput,
    errors: ['prompts.no-teacher'],
  },
});
export const optimizationRuns = {
  ...runs,
  list: endpoint({
    ...runs.list,
    summary: 'Optimisation runs, the newest first: rows of optimization_history',
    query: z.strictObject({
      ...paging,
      state: runState.optional().describe('Only runs in this state.'),
      as_of: timestamp.optional().describe('Only runs that had ended by then.'),
      recorded_as_of: timestamp.optional().describe('The same: a run is known when it ends.'),
    }),
    response: { 200: page(optimizationRun) },
  }),
} as const;

export const promptEndpoints = [
  ...Object.values(optimizationRuns),
  listPrompts,
  addPromptVersion,
  getPromptVersion,
  getPrompt,
  getPromptMessages,
  labelPrompt,
] as const;
