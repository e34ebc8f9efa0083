import { trace } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { recordTraces } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion, type TestHost } from './host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startIngestion();
});
afterAll(async () => {
  trace.disable();
  await host.close();
});

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const call = (city: unknown) => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.conversation.id': 'conv-1',
  'gen_ai.usage.input_tokens': 20,
  'gen_ai.usage.output_tokens': 9,
  'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'How is it in Oslo?' }] }]),
  'gen_ai.tool.definitions': JSON.stringify([{ type: 'function', name: 'weather', parameters }]),
  'gen_ai.output.messages': JSON.stringify([
    {
      role: 'assistant',
      finish_reason: 'tool_call',
      parts: [{ type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city } }],
    },
  ]),
});

/** Spans as the SDK of OpenTelemetry makes them. */
function spansOf(...attributes: Record<string, string | number>[]) {
  const kept = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'travel agent' }),
    spanProcessors: [new SimpleSpanProcessor(kept)],
  });
  for (const each of attributes) provider.getTracer('test').startSpan('chat', { attributes: each }).end();
  return kept.getFinishedSpans();
}

/** As its exporter sends them. */
async function exportSpans(spans: ReturnType<typeof spansOf>, key: string): Promise<ExportResult> {
  const exporter = new OTLPTraceExporter({
    url: `${host.url}${recordTraces.path}`,
    headers: { authorization: `Bearer ${key}` },
  });
  const result = await new Promise<ExportResult>((resolve) => exporter.export(spans, resolve));
  await exporter.shutdown();
  return result;
}

const recorded = async () => (await host.events()).filter(({ type }) => type === 'AGENT_TOOL_SELECTED');

describe('POST /v1/traces', () => {
  it('records the model calls that the OpenTelemetry SDK exports, once, and takes spans of other kinds', async () => {
    const spans = spansOf(call('Oslo'), { 'http.request.method': 'GET' });
    const key = await host.key('acme');
    for (const _ of [1, 2]) expect(await exportSpans(spans, key)).toMatchObject({ code: ExportResultCode.SUCCESS });
    const events = await recorded();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ tenant: 'acme', aggregateId: 'travel-agent' });
    expect(JSON.parse(events[0]!.json)).toMatchObject({
      context: { query: 'How is it in Oslo?' },
      tool_selected: 'weather',
      tool_parameters: { city: 'Oslo' },
      group: 'conv-1',
      teacher_model: 'gpt-5-mini',
      exchange: { prompt_tokens: 20, completion_tokens: 9 },
    });
  });

  it('refuses an exporter whose key is wrong', async () => {
    expect(await exportSpans(spansOf(call('Rome')), 'rt_wrong')).toMatchObject({ code: ExportResultCode.FAILED });
  });

  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const traces = (...attributes: Record<string, string | number>[]) => ({
    resourceSpans: attributes.map((each, index) => ({
      scopeSpans: [
        {
          spans: [
            {
              traceId: `trace-${JSON.stringify(each).length}`,
              spanId: String(index),
              attributes: Object.entries(each).map(([key, value]) => attribute(key, String(value))),
            },
          ],
        },
      ],
    })),
  });

  it('tells how many spans were refused and why, and which model calls hold no decision', async () => {
    const { 'gen_ai.input.messages': _, ...silent } = call('Graz');
    const { status, body } = await host.post(recordTraces.path, traces(call(7), silent));
    expect(status).toBe(200);
    const { partialSuccess } = body as { partialSuccess: { rejectedSpans: number; errorMessage: string } };
    expect(partialSuccess.rejectedSpans).toBe(1);
    expect(partialSuccess.errorMessage).toContain('city');
    expect(partialSuccess.errorMessage).toContain('1 model calls: does not hold the messages');
  });

  it('refuses what is no OTLP', async () => {
    expect(await host.post(recordTraces.path, { spans: [] })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/resourceSpans' }] },
    });
  });
});
