import { jsonObject, page, type Scope } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { decodeCursor, encodeCursor, interruptedCode, linkToNext, type Routes, type Run } from '@retort/service-kit';
import { z } from 'zod';
import type { HostedAgent } from './host-agent.ts';
import type { AgentResult } from './run-agent.ts';

const runView = z.object({
  id: z.string(),
  agent: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'nothing-to-do', 'failed', 'interrupted', 'cancelled']),
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
const after = z.object({ createdAt: z.string(), runId: z.string() });

export interface AgentRouteScopes {
  read: Scope;
  trigger: Scope;
}

/** What an agent did and why, and a way to trigger it by hand: `/api/v1/agents/<name>/runs[/{id}]` and `…/<name>:wake`. */
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
      const { tenant } = request.caller;
      const query = { agent: agent.name, tenant };
      const from = cursor === undefined ? undefined : decodeCursor({ cursor, query, after, room: 'agents' });
      await agent.prepared();
      const runs = await agent.runs.list({ tenant, limit: limit + 1, after: from, begun: true });
      const shown = runs.slice(0, limit);
      const last = runs.length > limit ? shown.at(-1) : undefined;
      const next = last ? encodeCursor({ query, after: { createdAt: last.createdAt, runId: last.runId } }) : null;
      linkToNext(request, reply, next);
      return { data: shown.map((run) => view(agent.name, run)), next_cursor: next, has_more: next !== null };
    },
  );
  app.get(
    `${base}/runs/:id`,
    {
      config: { scope: scopes.read },
      schema: {
        summary: 'One run: what the agent perceived, what it decided and why, what came of it',
        operationId: `get${word}Run`,
        params: z.object({ id: z.string() }),
        response: { 200: runView },
      },
    },
    async (request) => {
      await agent.prepared();
      return view(agent.name, await agent.runs.get(request.caller.tenant, request.params.id));
    },
  );
  app.post(
    `${base}::wake`,
    {
      config: { scope: scopes.trigger },
      schema: {
        summary: 'Trigger the agent; it runs as soon as it is free',
        operationId: `wake${word}`,
        body: z
          .object({ reason: z.string().min(1).max(500).default('by hand'), input: jsonObject.default({}) })
          .nullish(),
        response: { 202: z.object({ agent: z.string(), status: z.literal('woken') }) },
      },
    },
    async (request, reply) => {
      const { reason, input } = request.body ?? { reason: 'by hand', input: {} };
      await agent.trigger({ kind: 'manual', tenant: request.caller.tenant, reason, input, trace: request.trace });
      return reply
        .status(202)
        .header('location', `${base}/runs`)
        .send({ agent: agent.name, status: 'woken' as const });
    },
  );
}

function view(agent: string, run: Run<JsonObject, AgentResult>): z.infer<typeof runView> {
  const { perception = null, perceived_at, decision = null, why = null, decided_at } = run.record;
  const isoOrNull = (moment: string | undefined) => (moment === undefined ? null : new Date(moment).toISOString());
  return {
    id: run.runId,
    agent,
    state: stateOf(run),
    trigger: run.trigger?.kind ?? 'manual',
    reason: run.trigger?.reason ?? '',
    wakes: run.trigger?.count ?? 1,
    attempt: run.attempt,
    correlation_id: run.trace.correlationId,
    causation_id: run.trace.causationId,
    progress: run.progress,
    perception,
    decision,
    why,
    outcome: run.result.outcome ?? null,
    error: run.error,
    started_at: run.startedAt ?? run.createdAt,
    perceived_at: isoOrNull(perceived_at),
    decided_at: isoOrNull(decided_at),
    finished_at: run.finishedAt,
  };
}

/** An agent's runs have two more endings than others: it decided to do nothing, or its process ended. */
function stateOf({ state, record, error }: Run<JsonObject, AgentResult>): z.infer<typeof runView>['state'] {
  if (state === 'succeeded' && record.decision === null) return 'nothing-to-do';
  if (state === 'failed' && error?.code === interruptedCode) return 'interrupted';
  return state;
}
