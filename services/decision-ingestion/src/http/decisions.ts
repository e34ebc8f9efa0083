import { batchResult, decisionAccepted, decisionInput, outcomeInput } from '@retort/contracts';
import { fault, toPointer } from '@retort/kernel';
import { renderProblem, type Routes } from '@retort/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { prepareDecision, recorded } from '../app/record-decisions.ts';
import { recordBatch } from '../app/record-batch.ts';
import { reportOutcome } from '../app/report-outcome.ts';
import { parseJson } from '../domain/parse-json.ts';
import { batchItems } from './batch.ts';
import { textOf } from './body.ts';
import { idempotently } from './idempotency-key.ts';
import { described } from './described.ts';
import type { IngestionParts } from './parts.ts';

const config = { scope: 'decisions:write' } as const;

export function decisionRoutes(app: Routes, parts: IngestionParts): void {
  app.post(
    '/api/v1/decisions',
    {
      ...described,
      config,
      bodyLimit: parts.config.decisionBodyLimit,
      schema: {
        summary: 'Record a decision',
        operationId: 'recordDecision',
        body: decisionInput,
        response: { 200: decisionAccepted, 201: decisionAccepted },
      },
    },
    (request, reply) => idempotently(request, parts, (own) => recordOne(request, reply, own)),
  );

  app.post(
    '/api/v1/decisions::batch',
    {
      ...described,
      config,
      bodyLimit: parts.config.batchBodyLimit,
      schema: {
        summary: 'Record many decisions: a JSON array, or one a line as application/x-ndjson',
        operationId: 'recordDecisions',
        body: z.array(decisionInput),
        response: { 202: batchResult, 207: batchResult },
      },
    },
    (request, reply) => idempotently(request, parts, (own) => recordMany(request, reply, own)),
  );

  app.post(
    '/api/v1/decisions/:id/outcome',
    {
      ...described,
      config,
      schema: {
        summary: 'Report what became of a decision',
        operationId: 'reportOutcome',
        params: z.object({ id: z.string() }),
        body: outcomeInput,
        response: { 200: decisionAccepted, 201: decisionAccepted },
      },
    },
    (request, reply) =>
      idempotently(request, parts, async (own, idempotencyKey) => {
        const { caller, trace, body, params } = request;
        const result = await reportOutcome(
          { decisionId: params.id, outcome: parseOutcome(textOf(body)), idempotencyKey },
          { tenant: caller.tenant, trace },
          { ...own, commits: own.singles },
        );
        reply.status(result.status === 'recorded' ? 201 : 200);
        return result;
      }),
  );
}

async function recordOne({ caller, trace, body }: FastifyRequest, reply: FastifyReply, parts: IngestionParts) {
  try {
    caller.usage.take('decisions', 1);
    const preparing = prepareDecision(textOf(body), { tenant: caller.tenant, trace }, parts);
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    const outcomes = await parts.singles.submit([prepared.request]);
    const { id, eventId, status } = recorded(prepared, outcomes[0]!);
    parts.metrics.decisions.inc({ result: status });
    reply.status(status === 'recorded' ? 201 : 200);
    reply.header('location', `/api/v1/decisions/${encodeURIComponent(id)}`);
    return { id, event_id: eventId, status };
  } catch (error) {
    parts.metrics.decisions.inc({ result: 'rejected' });
    throw error;
  }
}

async function recordMany(request: FastifyRequest, reply: FastifyReply, parts: IngestionParts) {
  const { caller, trace, body, headers } = request;
  const items = batchItems(textOf(body), headers['content-type'] ?? '', parts.config.batchLimit);
  caller.usage.take('decisions', items.length);
  const result = await recordBatch(
    items,
    { tenant: caller.tenant, trace },
    {
      ...{ ...parts, commits: parts.batches },
      render: (error) => {
        const { status, body: problem } = renderProblem(error, request);
        return { status, problem };
      },
      textOf: (line) => line,
    },
  );
  parts.metrics.decisions.inc({ result: 'recorded' }, result.recorded);
  parts.metrics.decisions.inc({ result: 'duplicate' }, result.duplicates);
  parts.metrics.decisions.inc({ result: 'rejected' }, result.rejected);
  reply.status(result.rejected === 0 ? 202 : 207);
  return result;
}

function parseOutcome(text: string): z.infer<typeof outcomeInput> {
  const parsed = outcomeInput.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw fault('decisions.invalid-outcome', {
    public: 'The outcome does not satisfy its schema.',
    errors: parsed.error.issues.map(({ path, message }) => ({ pointer: toPointer(path), message })),
  });
}
