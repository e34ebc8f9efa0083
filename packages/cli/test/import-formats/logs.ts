import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { definitions, type Exchanges } from './exchanges.ts';

type Exchange = Exchanges['exchanges'][number];
type Writer = (told: Exchanges) => string | Promise<string>;

const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const messageOf = ({ response }: Exchange) => response.choices[0]!.message;

/** The same exchanges as each tool writes them: OpenAI's, LangSmith's and OpenTelemetry's with their own clients, Langfuse's and
 *  the table after their documentation. */
export const logs: Readonly<Record<string, Writer>> = {
  'openai-chat-jsonl': ({ exchanges }) =>
    lines(exchanges.map(({ request, response }) => ({ id: response.id, request, response }))),

  'openai-stored-completions': ({ exchanges }) =>
    lines(
      exchanges.map(({ request, response }) => ({
        ...response,
        tools: request.tools,
        messages: { object: 'list', data: request.messages },
      })),
    ),

  'openai-finetuning-jsonl': ({ exchanges }) =>
    lines(
      exchanges.map((exchange) => ({
        messages: [...exchange.request.messages, messageOf(exchange)],
        tools: exchange.request.tools,
      })),
    ),

  langfuse: ({ exchanges }) =>
    JSON.stringify({
      data: exchanges.map((exchange) => ({
        id: exchange.response.id,
        type: 'GENERATION',
        startTime: '2026-03-02T09:00:00.000Z',
        endTime: '2026-03-02T09:00:01.000Z',
        model: exchange.request.model,
        input: { messages: exchange.request.messages, tools: exchange.request.tools },
        output: messageOf(exchange),
        level: 'DEFAULT',
      })),
      meta: { page: 1, totalPages: 1 },
    }),

  langsmith: ({ runs }) => lines(runs),

  'otel-genai': ({ exchanges }) => exported(exchanges),

  csv: ({ exchanges }) => {
    const cell = (value: unknown) =>
      `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('"', '""')}"`;
    const rows = exchanges.map((exchange) => {
      const call = messageOf(exchange).tool_calls![0]!;
      if (call.type !== 'function') throw new Error('the provider calls functions only');
      const { request, response } = exchange;
      const { name, arguments: given } = call.function;
      return [response.id, request.messages, name, given, request.tools, request.model].map(cell).join(',');
    });
    return ['id,messages,tool,parameters,tools,model', ...rows, ''].join('\n');
  },
};

/** Spans of the GenAI conventions, as OpenTelemetry's exporter sends them: a request a line. */
async function exported(exchanges: readonly Exchange[]): Promise<string> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(body);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const exporter = new OTLPTraceExporter({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
  });
  const kept = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({
    resource: resourceFromAttributes({}),
    spanProcessors: [new SimpleSpanProcessor(kept)],
  }).getTracer('bank');
  for (const exchange of exchanges) tracer.startSpan('chat', { attributes: attributesOf(exchange) }).end();
  const result = await new Promise<ExportResult>((resolve) => exporter.export(kept.getFinishedSpans(), resolve));
  if (result.code !== ExportResultCode.SUCCESS) throw result.error ?? new Error('the spans were not sent');
  await exporter.shutdown();
  server.close();
  return received.map((body) => `${body}\n`).join('');
}

function attributesOf(exchange: Exchange): Record<string, string> {
  const call = messageOf(exchange).tool_calls![0]!;
  if (call.type !== 'function') throw new Error('the provider calls functions only');
  const [system, user] = exchange.request.messages;
  const parts = (content: unknown) => [{ type: 'text', content }];
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': exchange.request.model,
    'gen_ai.response.id': exchange.response.id,
    'gen_ai.system_instructions': JSON.stringify(parts(system!.content)),
    'gen_ai.input.messages': JSON.stringify([{ role: 'user', parts: parts(user!.content) }]),
    'gen_ai.tool.definitions': JSON.stringify(definitions.map((definition) => ({ type: 'function', ...definition }))),
    'gen_ai.output.messages': JSON.stringify([
      {
        role: 'assistant',
        finish_reason: 'tool_call',
        parts: [
          {
            type: 'tool_call',
            id: call.id,
            name: call.function.name,
            arguments: JSON.parse(call.function.arguments) as unknown,
          },
        ],
      },
    ]),
  };
}
