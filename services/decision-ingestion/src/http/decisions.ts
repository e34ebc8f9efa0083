import {
  getDecision,
  outcomeInput,
  pointersOf,
  recordDecision,
  recordDecisions,
  reportOutcome,
  urlOf,
  type BatchResult,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import {
  answer,
  mount,
  renderProblem,
  verbatim,
  type InProcessRequest,
  type Requested,
  type Routes,
} from '@retort/service-kit';
import type { z } from 'zod';
import { prepareDecision, recorded, type Author, type Recorded } from '../app/record-decisions.ts';
import { recordBatch } from '../app/record-batch.ts';
import { reportOutcome as record } from '../app/report-outcome.ts';
import { parseJson } from '../domain/parse-json.ts';
import { admit } from './admit.ts';
import { admittedItems, admittedOf, atMost, batchItems, textsOf, type BatchItem } from './batch.ts';
import { textOf } from './body.ts';
import { contentOf, idempotently } from './idempotency-key.ts';
import type { IngestionPorts } from './ports.ts';

export function decisionRoutes(app: Routes, ports: IngestionPorts): void {
  mount(
    app,
    recordDecision,
    (request) =>
      recordOne(request, ports).catch((error: unknown) => {
        ports.metrics.decisions.inc({ result: 'rejected' });
        throw error;
      }),
    { bodyLimit: ports.config.decisionBodyLimit },
  );

  mount(app, recordDecisions, (request) => recordMany(request, ports), { bodyLimit: ports.config.batchBodyLimit });

  mount(app, reportOutcome, async ({ request, params, caller, trace, body }) => {
    const told = await ports.personalData.outcome(parseOutcome(textOf(body)));
    const content = contentOf(body, ports.personalData, () => JSON.stringify(told));
    return idempotently({ request, content }, ports, async (own, idempotencyKey) => {
      const result = await record(
        { decisionId: params.id, told, idempotencyKey },
        { tenant: caller.tenant, trace },
        { ...own, commits: own.singles },
      );
      return answer(result.status === 'recorded' ? 201 : 200, verbatim(result));
    });
  });
}

async function recordOne({ request, caller, trace, body }: Requested<typeof recordDecision>, ports: IngestionPorts) {
  const admitting = ports.personalData.decision(textOf(body), caller.tenant);
  const admitted = admitting instanceof Promise ? await admitting : admitting;
  const content = contentOf(body, ports.personalData, () => admitted.text);
  return idempotently({ request, content }, ports, async (own) => {
    const admission = admit(1, { caller, trace }, ports);
    if (admission) await admission;
    const preparing = prepareDecision(admitted, { tenant: caller.tenant, trace, isService: caller.isService }, own);
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    const outcomes = await own.singles.submit([prepared.request]);
    return acceptedAs(recorded(prepared, outcomes[0]!), own);
  });
}

/** The answer for one decision that is in the log. */
export function acceptedAs({ id, eventId, status }: Recorded, { metrics }: IngestionPorts) {
  metrics.decisions.inc({ result: status });
  const location = urlOf(getDecision, { params: { id } });
  return answer(status === 'recorded' ? 201 : 200, verbatim({ id, event_id: eventId, status }), { location });
}

async function recordMany({ request, caller, trace, body }: Requested<typeof recordDecisions>, ports: IngestionPorts) {
  const posted = batchItems(textOf(body), request.headers['content-type'] ?? '', ports.config.batchLimit);
  const items = await admittedItems(posted, (text) => ports.personalData.decision(text, caller.tenant));
  const content = contentOf(body, ports.personalData, () => textsOf(items));
  return idempotently({ request, content }, ports, async (own) => {
    await admit(items.length, { caller, trace }, ports);
    const result = await recordItems(
      items,
      { tenant: caller.tenant, trace, isService: caller.isService },
      { ports: own, request, isGone: () => request.socket.destroyed },
    );
    return answer(result.rejected === 0 ? 202 : 207, verbatim(result));
  });
}

/** For services of the same process, which answer for what they send: nothing is taken from a quota. */
export function recordInProcess(ports: IngestionPorts) {
  return async ({ tenant, trace, body }: InProcessRequest<typeof recordDecisions>): Promise<BatchResult> => {
    const request = { id: trace.correlationId, url: recordDecisions.path };
    const texts = atMost(ports.config.batchLimit, body as unknown[]).map((decision) => JSON.stringify(decision));
    const items = await admittedItems(texts, (text) => ports.personalData.decision(text, tenant));
    return recordItems(items, { tenant, trace, isService: true }, { ports, request });
  };
}

export async function recordItems(
  items: readonly BatchItem[],
  author: Author,
  {
    ports,
    request,
    isGone,
  }: { ports: IngestionPorts; request: Parameters<typeof renderProblem>[1]; isGone?: () => boolean },
): Promise<BatchResult> {
  const result = await recordBatch(items, author, {
    ...ports,
    commits: ports.batches,
    render: (error) => {
      const { status, body: problem } = renderProblem(error, request);
      return { status, problem };
    },
    admittedOf,
    ...(isGone && { isGone }),
  });
  ports.metrics.decisions.inc({ result: 'recorded' }, result.recorded);
  ports.metrics.decisions.inc({ result: 'duplicate' }, result.duplicates);
  ports.metrics.decisions.inc({ result: 'rejected' }, result.rejected);
  return result;
}

function parseOutcome(text: string): z.infer<typeof outcomeInput> {
  const parsed = outcomeInput.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw fault('decisions.invalid-outcome', {
    public: 'The outcome does not satisfy its schema.',
    errors: pointersOf(parsed.error, outcomeInput),
  });
}
