import { Agent, type Dispatcher } from 'undici';
import { fault } from '@retort/kernel';
import type { z } from 'zod';
import type { BoundClient, RequestOptions, ServiceClient, Trace } from '../types.ts';
import { faultOfResponse, faultOfTransport } from './faults.ts';
import { linesOf } from './lines.ts';
import { retrying } from './retry.ts';

export interface ServiceClientOptions {
  /** Where a path is served, e.g. `http://data-catalog:4000` for `/api/v1/data-products`. */
  baseUrlOf(path: string): string;
  /** A key that may act for any tenant. */
  key: string;
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

interface Call {
  method: 'GET' | 'POST';
  path: string;
  accept: string;
  body?: unknown;
  options: RequestOptions;
}

function boundClient(agent: Agent, client: ServiceClientOptions, tenant: string, trace: Trace): BoundClient {
  const identity = {
    authorization: `Bearer ${client.key}`,
    'x-retort-tenant': tenant,
    'x-correlation-id': trace.correlationId,
    ...(trace.causationId === null ? {} : { 'x-causation-id': trace.causationId }),
  };

  async function send({ method, path, accept, body, options }: Call): Promise<Dispatcher.ResponseData> {
    const url = new URL(path, client.baseUrlOf(path));
    for (const [name, value] of Object.entries(options.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const timeout = options.timeoutMs ?? client.timeoutMs ?? 30_000;
    try {
      const response = await agent.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { ...identity, accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: timeout,
        bodyTimeout: timeout,
        signal: options.signal ?? null,
      });
      if (response.statusCode < 400) return response;
      throw await faultOfResponse(response, path);
    } catch (error) {
      throw faultOfTransport(error, path, options.signal);
    }
  }

  async function json<Schema extends z.ZodType>(call: Call, schema: Schema): Promise<z.infer<Schema>> {
    const response = await send(call);
    const text = await response.body.text().catch((error: unknown) => {
      throw faultOfTransport(error, call.path, call.options.signal);
    });
    return parse(schema, text, call.path);
  }

  return {
    get: (path, schema, options = {}) =>
      retrying(() => json({ method: 'GET', path, accept: 'application/json', options }, schema), options.signal),
    post: (path, body, schema, options = {}) =>
      json({ method: 'POST', path, accept: 'application/json', body, options }, schema),
    async *lines(path, options = {}) {
      const call: Call = { method: 'GET', path, accept: 'application/x-ndjson', options };
      const response = await retrying(() => send(call), options.signal);
      try {
        yield* linesOf(response.body, path);
      } catch (error) {
        throw faultOfTransport(error, path, options.signal);
      }
    },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string, path: string): z.infer<Schema> {
  const refuse = (cause: unknown) =>
    fault('http.unexpected-answer', {
      public: `The answer of ${path.split('?', 1)[0]} is not what its contract says.`,
      cause,
    });
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    // The parser's message quotes the body.
    throw refuse(undefined);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw refuse(parsed.error);
}
