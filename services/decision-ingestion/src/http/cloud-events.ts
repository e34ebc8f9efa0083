import { recordEvents } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { answer, mount, renderProblem, verbatim, type Requested, type Routes } from '@retort/service-kit';
import type { IncomingHttpHeaders } from 'node:http';
import { prepareDecision, recorded } from '../app/record-decisions.ts';
import { recordBatch } from '../app/record-batch.ts';
import { decisionOf, type CloudEvent } from '../domain/cloud-event.ts';
import { parseJson } from '../domain/parse-json.ts';
import { admit } from './admit.ts';
import { atMost } from './batch.ts';
import { textOf } from './body.ts';
import { acceptedAs } from './decisions.ts';
import { idempotently } from './idempotency-key.ts';
import type { IngestionPorts } from './ports.ts';

/** Decisions as CloudEvents 1.0 over HTTP, in binary, structured and batched mode. */
export function cloudEventRoutes(app: Routes, ports: IngestionPorts): void {
  mount(app, recordEvents, (request) => idempotently(request.request, ports, (own) => record(request, own)), {
    bodyLimit: ports.config.batchBodyLimit,
  });
}

async function record({ request, caller, trace, body }: Requested<typeof recordEvents>, ports: IngestionPorts) {
  const author = { tenant: caller.tenant, trace };
  const contentType = request.headers['content-type'] ?? '';
  const value = parseJson(textOf(body));
  if (contentType.startsWith('application/cloudevents-batch+json')) {
    if (!Array.isArray(value)) throw invalidEvent('', 'expected an array of CloudEvents');
    const render = (error: unknown) => {
      const { status, body: problem } = renderProblem(error, request);
      return { status, problem };
    };
    const items = atMost(ports.config.batchLimit, value);
    await admit(items.length, request, ports);
    const result = await recordBatch<unknown>(items, author, {
      ...ports,
      commits: ports.batches,
      render,
      textOf: decisionOf,
    });
    return answer(result.rejected === 0 ? 202 : 207, verbatim(result));
  }
  const structured = contentType.startsWith('application/cloudevents+json');
  await admit(1, request, ports);
  const text = decisionOf(structured ? value : binaryEvent(request.headers, value));
  const prepared = await prepareDecision(text, author, ports);
  const outcomes = await ports.singles.submit([prepared.request]);
  return acceptedAs(recorded(prepared, outcomes[0]!), ports);
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
