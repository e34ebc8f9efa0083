import { jsonObject, page, type Scope } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { decodeCursor, encodeCursor, linkToNext, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { HostedAgent } from './host-agent.ts';
import { findRun, listRuns, type RunRecord } from './runs.ts';

const runView = z.object({
  id: z.string(),
  agent: z.string(),
  state: z.enum(['running', 'succeeded', 'nothing-to-do', 'failed', 'interrupted']),
  trigger: z.enum(['schedule', 'event', 'manual']),
  reason: z.string(),
  wakes: z.int(),
  attempt: z.int(),
  correlation_id: z.string(),
  causation_id: z.string().nullable(),
  progress: z.object({ fraction: z.number(), step: z.string() }),
  perception: z.json(),
  decision: z.json(),
  why: z.string().nullable(),
  outcome: z.json(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  started_at: z.string(),
  perceived_at: z.string().nullable(),
  decided_at: z.string().nullable(),
  finished_at: z.string().nullable(),
});
const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
});
const place = z.object({ startedAt: z.string(), id: z.string() });

export interface AgentRouteScopes {
  read: Scope;
  wake: Scope;
}

/** What an agent did and why, and a way to wake it by hand: `/api/v1/agents/<name>/runs[/{id}]` and `…/<name>:wake`. */
export function agentRoutes(app: Routes, agent: HostedAgent, scopes: AgentRouteScopes): void {
  const base = `/api/v1/agents/${agent.name}`;
  const word = agent.name.replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
  app.get(
    `${base}/runs`,
    {
      config: { scope: scopes.read },
      schema: {
        summary: 'Runs of the agent, the newest first',
        operationId: `list${word}Runs`,
        querystring: listQuery,
        response: { 200: page(runView) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query;
      const query = { agent: agent.name, tenant: request.caller.tenant };
      const before = cursor === undefined ? null : decodeCursor({ cursor, query, after: place, room: 'agents' });
      await agent.prepared();
      const rows = await listRuns(agent.db, { ...query, limit: limit + 1, before });
      const shown = rows.slice(0, limit);
      const last = rows.length > limit ? shown.at(-1) : undefined;
      const next = last
        ? encodeCursor({ query, after: { startedAt: last.started_at.toISOString(), id: last.id } })
        : null;
      linkToNext(request, reply, next);
      return { data: shown.map(view), next_cursor: next, has_more: next !== null };
    },
  );
  app.get(
    `${base}/runs/:id`,
    {
      config: { scope: scopes.read },
      schema: {
        summary: 'One run: what the agent saw, what it decided and why, what came of it',
        operationId: `get${word}Run`,
        params: z.object({ id: z.string() }),
        response: { 200: runView },
      },
    },
    async (request) => {
      await agent.prepared();
      const key = { agent: agent.name, tenant: request.caller.tenant, id: request.params.id };
      const found = await findRun(agent.db, key);
      if (found) return view(found);
      throw fault('agents.no-such-run', { public: 'There is no such run.' });
    },
  );
  app.post(
    `${base}::wake`,
    {
      config: { scope: scopes.wake },
      schema: {
        summary: 'Wake the agent; it runs as soon as it is free',
        operationId: `wake${word}`,
        body: z
          .object({ reason: z.string().min(1).max(500).default('by hand'), input: jsonObject.default({}) })
          .nullish(),
        response: { 202: z.object({ agent: z.string(), status: z.literal('woken') }) },
      },
    },
    async (request, reply) => {
      const { reason, input } = request.body ?? { reason: 'by hand', input: {} };
      await agent.wake({ trigger: 'manual', tenant: request.caller.tenant, reason, input, trace: request.trace });
      return reply
        .status(202)
        .header('location', `${base}/runs`)
        .send({ agent: agent.name, status: 'woken' as const });
    },
  );
}

function view(run: RunRecord): z.infer<typeof runView> {
  const { tenant: _, started_at, perceived_at, decided_at, finished_at, ...same } = run;
  return {
    ...same,
    started_at: started_at.toISOString(),
    perceived_at: perceived_at?.toISOString() ?? null,
    decided_at: decided_at?.toISOString() ?? null,
    finished_at: finished_at?.toISOString() ?? null,
  };
}
