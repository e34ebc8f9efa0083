import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  /** Absent at the root of a trace. */
  parentSpanId?: string;
  name: string;
  /** `service.name` of whoever sent it. */
  service: string;
  attributes: Readonly<Record<string, string | number>>;
  failed: boolean;
}

export interface TraceCollector {
  /** What an OpenTelemetry collector's base URL is: `http://127.0.0.1:…`. */
  url: string;
  spans(): readonly CollectedSpan[];
  /** Answers 503 from now on, or takes spans again. */
  refuse(refusing: boolean): void;
  close(): Promise<void>;
}

/** Takes OTLP over HTTP in its JSON encoding, as an OpenTelemetry collector does, and keeps the spans. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const collected: CollectedSpan[] = [];
  let refusing = false;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (refusing || request.url !== '/v1/traces') return void response.writeHead(refusing ? 503 : 404).end();
      collected.push(...spansOf(JSON.parse(Buffer.concat(pieces).toString('utf8')) as TracesRequest));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => collected,
    refuse: (value) => (refusing = value),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface KeyValue {
  key: string;
  value: { stringValue?: string; intValue?: number; doubleValue?: number };
}
interface TracesRequest {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        attributes: KeyValue[];
        status: { code?: number };
      }[];
    }[];
  }[];
}
const failedCode = 2;

function spansOf({ resourceSpans }: TracesRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, attributes, status }) => ({
        traceId,
        spanId,
        ...(parentSpanId && { parentSpanId }),
        name,
        service: String(valuesOf(resource.attributes)['service.name']),
        attributes: valuesOf(attributes),
        failed: status.code === failedCode,
      })),
    ),
  );
}

function valuesOf(attributes: readonly KeyValue[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue ?? value.doubleValue)]),
  );
}
