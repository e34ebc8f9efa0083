import { Agent, type Dispatcher } from 'undici';
import { contentOf, urlOf, type Endpoint, type Method } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { z } from 'zod';
import { mediaTypes } from '../http/negotiate.ts';
import type { BoundClient, CallOptions, InProcess, ServiceClient, Trace } from '../types.ts';
import { faultOfResponse, faultOfTransport } from './faults.ts';
import { linesOf } from './lines.ts';
import { retrying } from './retry.ts';

export interface ServiceClientOptions {
  /** Where a path is served, e.g. `http://data-catalog:4000` for the data products. */
  baseUrlOf(path: string): string;
  /** A key that may act for any tenant. */
  key: string;
  /** How an endpoint is answered in this process; absent where it is not. */
  inProcess?(endpoint: Endpoint): InProcess['answer'] | undefined;
  /** Milliseconds for a whole answer (for NDJSON: between two pieces of it); 30 000 when absent. */
  timeoutMs?: number;
}

/** HTTP between services over kept-alive connections. A problem comes back as the fault it was made from. Only GET is
 *  tried again: whether a POST was done is not ours to guess. */
export function serviceClient(options: ServiceClientOptions): ServiceClient & { close(): Promise<void> } {
  const agent = new Agent({ connections: 64, keepAliveTimeout: 30_000, connect: { timeout: 5_000 } });
  return {
    as: (tenant, trace) => boundClient(agent, options, tenant, trace),
    close: () => agent.close(),
  };
}

interface Call extends CallOptions {
  method: Method;
  /** Path and query. */
  url: string;
  accept: string;
  body?: unknown;
}

function boundClient(agent: Agent, client: ServiceClientOptions, tenant: string, trace: Trace): BoundClient {
  // Written when it is sent: a service of the same process is told who asks as it is.
  const identity = () => ({
    authorization: `Bearer ${client.key}`,
    'x-retort-tenant': tenant,
    'x-correlation-id': trace.correlationId,
    ...(trace.causationId === null ? {} : { 'x-causation-id': trace.causationId }),
    ...(trace.keyId !== undefined && { 'x-retort-key-id': trace.keyId }),
    ...(trace.traceParent === undefined ? {} : { traceparent: trace.traceParent }),
  });

  async function send({ method, url, accept, body, signal, timeoutMs }: Call): Promise<Dispatcher.ResponseData> {
    const path = pathOf(url);
    const timeout = timeoutMs ?? client.timeoutMs ?? 30_000;
    const target = new URL(url, client.baseUrlOf(path));
    try {
      const response = await agent.request({
        origin: target.origin,
        path: target.pathname + target.search,
        method,
        headers: { ...identity(), accept, ...(body === undefined ? {} : { 'content-type': mediaTypes.json }) },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: signal ?? null,
      });
      if (response.statusCode < 400) return response;
      throw await faultOfResponse(response, path);
    } catch (error) {
      throw faultOfTransport(error, path, signal);
    }
  }

  async function json<Schema extends z.ZodType>(
    call: Omit<Call, 'accept'>,
    schemaOf: (status: number) => Schema | undefined,
  ): Promise<z.infer<Schema>> {
    const ask = async () => {
      const response = await send({ ...call, accept: mediaTypes.json });
      const text = await response.body.text().catch((error: unknown) => {
        throw faultOfTransport(error, pathOf(call.url), call.signal);
      });
      return parse(schemaOf(response.statusCode), text, pathOf(call.url));
    };
    return call.method === 'GET' ? retrying(ask, call.signal) : ask();
  }

  async function* lines(call: Pick<Call, 'url' | 'signal' | 'timeoutMs'>): AsyncIterable<unknown> {
    const response = await retrying(() => send({ ...call, method: 'GET', accept: mediaTypes.lines }), call.signal);
    try {
      yield* linesOf(response.body, pathOf(call.url));
    } catch (error) {
      throw faultOfTransport(error, pathOf(call.url), call.signal);
    }
  }

  return {
    call: (endpoint, ...[request]) => {
      const answer = client.inProcess?.(endpoint);
      if (answer) return answered(() => answer({ ...request, tenant, trace } as never)) as never;
      const schemaOf = (status: number) => contentOf(endpoint.response[status] ?? null).json;
      const { body, signal, timeoutMs } = (request ?? {}) as CallOptions & { body?: unknown };
      const call = { method: endpoint.method, url: urlOf(endpoint, request as never), body, signal, timeoutMs };
      return json(call, schemaOf) as never;
    },
    uncheckedLines: (endpoint, ...[request]) => {
      const { signal, timeoutMs } = (request ?? {}) as CallOptions;
      return lines({ url: urlOf(endpoint, request as never), signal, timeoutMs });
    },
    async *lines(endpoint, ...[request]) {
      const schema = contentOf(endpoint.response[200] ?? null).lines;
      const url = urlOf(endpoint, request as never);
      const { signal, timeoutMs } = (request ?? {}) as CallOptions;
      for await (const line of lines({ url, signal, timeoutMs })) yield checked(schema, line, pathOf(url)) as never;
    },
  };
}

/** What is thrown at once is a rejection like any other. */
const answered = async (answer: () => unknown) => answer();

const pathOf = (url: string) => url.split('?', 1)[0]!;

function parse<Schema extends z.ZodType>(schema: Schema | undefined, text: string, path: string): z.infer<Schema> {
  try {
    return checked(schema, text === '' ? undefined : JSON.parse(text), path);
  } catch (error) {
    // The parser's message quotes the body.
    throw error instanceof SyntaxError ? unexpected(path) : error;
  }
}

function checked<Schema extends z.ZodType>(schema: Schema | undefined, value: unknown, path: string): z.infer<Schema> {
  if (!schema) throw unexpected(path);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unexpected(path, parsed.error);
}

function unexpected(path: string, cause?: unknown): Error {
  return fault('http.unexpected-answer', { public: `The answer of ${path} is not what its contract says.`, cause });
}
