import { batchResult, decisionAccepted } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { renderProblem, type Routes } from '@retort/service-kit';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { prepareDecision, recorded } from '../app/record-decisions.ts';
import { recordBatch } from '../app/record-batch.ts';
import { decisionOf, type CloudEvent } from '../domain/cloud-event.ts';
import { parseJson } from '../domain/parse-json.ts';
import { atMost } from './batch.ts';
import { textOf } from './body.ts';
import { described } from './described.ts';
import { idempotently } from './idempotency-key.ts';
import type { IngestionParts } from './parts.ts';

/** `POST /events`: decisions as CloudEvents 1.0 over HTTP, in binary, structured and batched mode. */
export function cloudEventRoutes(app: Routes, parts: IngestionParts): void {
  app.post(
    '/api/v1/events',
    {
      ...described,
      config: { scope: 'decisions:write' },
      bodyLimit: parts.config.batchBodyLimit,
      schema: {
        summary: 'Record decisions as CloudEvents (binary, structured or batched mode)',
        operationId: 'recordEvents',
        response: { 200: decisionAccepted, 201: decisionAccepted, 202: batchResult, 207: batchResult },
      },
    },
    (request, reply) => idempotently(request, parts, (own) => recordEvents(request, reply, own)),
  );
}

async function recordEvents(request: FastifyRequest, reply: FastifyReply, parts: IngestionParts) {
  const { caller, trace, headers } = request;
  const author = { tenant: caller.tenant, trace };
  const contentType = headers['content-type'] ?? '';
  const value = parseJson(textOf(request.body));
  if (contentType.startsWith('application/cloudevents-batch+json')) {
    if (!Array.isArray(value)) throw invalidEvent('', 'expected an array of CloudEvents');
    const render = (error: unknown) => {
      const { status, body: problem } = renderProblem(error, request);
      return { status, problem };
    };
    const items = atMost(parts.config.batchLimit, value);
    caller.usage.take('decisions', items.length);
    const result = await recordBatch<unknown>(items, author, {
      ...parts,
      commits: parts.batches,
      render,
      textOf: decisionOf,
    });
    reply.status(result.rejected === 0 ? 202 : 207);
    return result;
  }
  const structured = contentType.startsWith('application/cloudevents+json');
  caller.usage.take('decisions', 1);
  const text = decisionOf(structured ? value : binaryEvent(headers, value));
  const prepared = await prepareDecision(text, author, parts);
  const outcomes = await parts.singles.submit([prepared.request]);
  const { id, eventId, status } = recorded(prepared, outcomes[0]!);
  parts.metrics.decisions.inc({ result: status });
  reply.status(status === 'recorded' ? 201 : 200);
  reply.header('location', `/api/v1/decisions/${encodeURIComponent(id)}`);
  return { id, event_id: eventId, status };
}

/** Binary mode: the attributes travel as `ce-` headers, percent-encoded. */
function binaryEvent(headers: IncomingHttpHeaders, data: unknown): CloudEvent {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') && typeof value === 'string' ? [[name.slice(3), decoded(name, value)]] : [],
  );
  return { ...(Object.fromEntries(attributes) as Record<string, string>), data };
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw invalidEvent('', `the header ${name} is not percent-encoded UTF-8`);
  }
}

function invalidEvent(pointer: string, message: string) {
  return fault('events.invalid', {
    public: 'This is not a CloudEvent this resource takes.',
    errors: [{ pointer, message }],
  });
}
