import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { jsonObject } from '../json.ts';
import type { Owner } from '../owners.ts';
import type { Scope } from '../scopes.ts';
import { run, watchEndpoints } from './runs.ts';

const moment = (what: string) => z.string().nullable().describe(`When ${what}; null before.`);

/** One run of a distillation agent: what it perceived, what it decided and why, what it did. */
export const agentRun = z.object({
  id: z.string().describe('Names the run.'),
  agent: z.string().describe('The agent.'),
  state: z
    .enum(['queued', 'running', 'succeeded', 'nothing-to-do', 'failed', 'interrupted', 'cancelled'])
    .describe('Where the run stands.'),
  trigger: z.enum(['schedule', 'event', 'manual']).describe('What set it off.'),
  reason: z.string().describe('Why it was triggered, in words.'),
  wakes: z.int().describe('How many triggers became this run.'),
  attempt: z.int().describe('From 1; above 1 it is tried again.'),
  correlation_id: z.string().describe('Shared by everything that one iteration of the loop did.'),
  causation_id: z.string().nullable().describe('The event that caused it; null where none did.'),
  progress: run.shape.progress,
  perception: z.json().describe('What the agent perceived.'),
  decision: z.json().describe('What it decided; null when there was nothing to do.'),
  why: z.string().nullable().describe('Why, in words.'),
  outcome: z.json().describe('What came of it.'),
  error: run.shape.error,
  started_at: z.string().describe('When it started.'),
  perceived_at: moment('it had perceived'),
  decided_at: moment('it had decided'),
  finished_at: moment('it ended'),
});

interface Agent {
  owner: Owner;
  /** Reads runs. */
  read: Scope;
  /** Triggers, cancels. */
  trigger: Scope;
}

/** The endpoints of one agent: its runs, each with what it did and why, and a way to trigger one by hand. */
export function agentEndpoints(name: string, { owner, read, trigger }: Agent) {
  const base = `/api/v1/agents/${name}`;
  const word = name.replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
  return {
    ...watchEndpoints(`${base}/runs`, {
      owner,
      area: 'agents',
      scope: trigger,
      readScope: read,
      name: `${word}Run`,
      noun: `${name} run`,
      view: agentRun,
    }),
    trigger: endpoint({
      id: `wake${word}`,
      owner,
      method: 'POST',
      path: `${base}:wake`,
      scope: trigger,
      summary: 'Trigger the agent; it runs as soon as it is free',
      body: z
        .strictObject({
          reason: z.string().min(1).max(500).default('by hand').describe('Why; it stays on the record.'),
          input: jsonObject.default({}).describe('What the agent is given.'),
        })
        .nullish(),
      response: {
        202: z.object({
          agent: z.string().describe('The agent.'),
          status: z.literal('woken').describe('It runs as soon as it is free.'),
        }),
      },
      errors: [],
    }),
  };
}

export const agentRuns = {
  dataCurator: agentEndpoints('data-curator', { owner: 'curation', read: 'curation:run', trigger: 'curation:run' }),
  promptOptimizer: agentEndpoints('prompt-optimizer', {
    owner: 'prompt-optimization',
    read: 'prompts:read',
    trigger: 'prompts:write',
  }),
  modelTrainer: agentEndpoints('model-trainer', {
    owner: 'training-orchestration',
    read: 'models:read',
    trigger: 'training:run',
  }),
  evaluation: agentEndpoints('evaluation', { owner: 'evaluation', read: 'models:read', trigger: 'evaluations:run' }),
} as const;

export const agentRunEndpoints = Object.values(agentRuns).flatMap((agent) => Object.values(agent));
