import { problem, recordTraces, type BatchResult } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { mount, type Requested, type Routes } from '@retort/service-kit';
import { parseJson } from '../domain/parse-json.ts';
import { decisionsOfTraces, unusableInWords } from '../app/trace-decisions.ts';
import { admit } from './admit.ts';
import { admittedItems, atMost } from './batch.ts';
import { textOf } from './body.ts';
import { recordItems } from './decisions.ts';
import type { IngestionPorts } from './ports.ts';

export function traceRoutes(app: Routes, ports: IngestionPorts): void {
  mount(app, recordTraces, (request) => record(request, ports), { bodyLimit: ports.config.batchBodyLimit });
}

async function record({ request, caller, trace, body }: Requested<typeof recordTraces>, ports: IngestionPorts) {
  const traces = parseJson(textOf(body)) as { resourceSpans?: unknown } | null;
  if (!Array.isArray(traces?.resourceSpans))
    throw fault('decisions.invalid', {
      public: 'The body holds no traces of OTLP.',
      errors: [{ pointer: '/resourceSpans', message: 'expected a list of spans, by resource' }],
    });
  const { decisions, unusable } = decisionsOfTraces(traces);
  const texts = atMost(ports.config.batchLimit, decisions).map((decision) => JSON.stringify(decision));
  if (texts.length === 0) return told(null, unusableInWords(unusable));
  const items = await admittedItems(texts, (text) => ports.personalData.decision(text, caller.tenant));
  await admit(items.length, { caller, trace }, ports);
  const result = await recordItems(items, { tenant: caller.tenant, trace }, { ports, request });
  return told(result, unusableInWords(unusable));
}

/** What a sender that looks at it is told; an exporter logs it. */
function told(result: BatchResult | null, warnings: readonly string[]) {
  const refused = (result?.results ?? []).filter(({ status }) => status >= 400);
  if (refused.length === 0 && warnings.length === 0) return {};
  const [first] = refused;
  const { detail = '', errors = [] } = problem.partial().parse(first?.problem ?? {});
  const why = first ? [[detail, ...errors.map(({ pointer, message }) => `${pointer}: ${message}`)].join(' ')] : [];
  return { partialSuccess: { rejectedSpans: refused.length, errorMessage: [...why, ...warnings].join('; ') } };
}
