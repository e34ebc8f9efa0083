import { recordEvents } from '@retort/contracts';
import { fault, jsonItems } from '@retort/kernel';
import { answer, mount, renderProblem, verbatim, type Requested, type Routes } from '@retort/service-kit';
import type { IncomingHttpHeaders } from 'node:http';
import { prepareDecision, recorded } from '../app/record-decisions.ts';
import { recordBatch } from '../app/record-batch.ts';
import { decisionOf, type CloudEvent } from '../domain/cloud-event.ts';
import { parseJson } from '../domain/parse-json.ts';
import { admit } from './admit.ts';
import { admittedItems, admittedOf, atMost, largestDocument, textsOf } from './batch.ts';
import { textOf } from './body.ts';
import { acceptedAs } from './decisions.ts';
import { contentOf, idempotently } from './idempotency-key.ts';
import type { IngestionPorts } from './ports.ts';

/** Decisions as CloudEvents 1.0 over HTTP, in binary, structured and batched mode. */
export function cloudEventRoutes(app: Routes, ports: IngestionPorts): void {
  mount(app, recordEvents, (request) => record(request, ports), {
    bodyLimit: Math.min(ports.config.batchBodyLimit, largestDocument),
  });
}

function record(requested: Requested<typeof recordEvents>, ports: IngestionPorts) {
  const { request, body } = requested;
  const contentType = request.headers['content-type'] ?? '';
  const text = textOf(body);
  if (contentType.startsWith('application/cloudevents-batch+json')) {
    const events = jsonItems(text);
    if (events === null) throw invalidEvent('', 'expected an array of CloudEvents');
    return recordMany(atMost(ports.config.batchLimit, events), requested, ports);
  }
  const value = parseJson(text);
  const structured = contentType.startsWith('application/cloudevents+json');
  return recordOne(decisionOf(structured ? value : binaryEvent(request.headers, value)), requested, ports);
}

async function recordMany(
  events: readonly string[],
  { request, caller, trace, body }: Requested<typeof recordEvents>,
  ports: IngestionPorts,
) {
  const items = await admittedItems(events, (event) =>
    ports.personalData.decision(decisionOf(parseJson(event)), caller.tenant),
  );
  const content = contentOf(body, ports.personalData, () => textsOf(items));
  return idempotently({ request, content }, ports, async (own) => {
    await admit(items.length, request, ports);
    const render = (error: unknown) => {
      const { status, body: problem } = renderProblem(error, request);
      return { status, problem };
    };
    const options = { ...own, commits: own.batches, render, admittedOf };
    const result = await recordBatch(items, { tenant: caller.tenant, trace }, options);
    return answer(result.rejected === 0 ? 202 : 207, verbatim(result));
  });
}

async function recordOne(
  decision: string,
  { request, caller, trace, body }: Requested<typeof recordEvents>,
  ports: IngestionPorts,
) {
  const admitted = await ports.personalData.decision(decision, caller.tenant);
  const content = contentOf(body, ports.personalData, () => admitted.text);
  return idempotently({ request, content }, ports, async (own) => {
    await admit(1, request, ports);
    const prepared = await prepareDecision(
      admitted,
      { tenant: caller.tenant, trace, isService: caller.isService },
      own,
    );
    const outcomes = await own.singles.submit([prepared.request]);
    return acceptedAs(recorded(prepared, outcomes[0]!), own);
  });
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
