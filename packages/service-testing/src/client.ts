import {
  contentOf,
  isRaw,
  problem,
  urlOf,
  type AnswerOf,
  type Endpoint,
  type LineOf,
  type OptionalArgument,
  type Problem,
  type RequestOf,
} from '@retort/contracts';
import { until } from '@retort/testing';

/** What one call came to: the checked body, or the problem. */
export interface Answered<Body> {
  status: number;
  headers: Headers;
  body: Body;
  /** null unless the call was refused. */
  problem: Problem | null;
}

export interface Asking {
  /** `acme` when absent. */
  tenant?: string;
  headers?: Record<string, string>;
}
type Arguments<E extends Endpoint> = OptionalArgument<RequestOf<E> & Asking>;

/** What listens; it may listen somewhere else after it was started again. */
export interface Server {
  readonly url: string;
  /** A key of the tenant. */
  keyOf(tenant: string): Promise<string>;
}

export interface RunEndpoints {
  create: Endpoint;
  get: Endpoint;
}
type RunOf<E extends RunEndpoints> = AnswerOf<E['get']> & { run_id: string; finished_at: string | null };

const runEndsWithinMs = 240_000;

/** Calls as a tenant's agent makes them. */
export function testClient(server: Server) {
  async function send(url: string, { tenant = 'acme', ...init }: Omit<RequestInit, 'headers'> & Asking = {}) {
    const headers = { authorization: `Bearer ${await server.keyOf(tenant)}`, ...init.headers };
    return fetch(new URL(url, server.url), { ...init, headers });
  }

  async function ask(endpoint: Endpoint, request: object = {}, accept?: string): Promise<Response> {
    const { tenant, headers, body } = request as Asking & { body?: unknown };
    return send(urlOf(endpoint, request as never), {
      method: endpoint.method,
      ...(tenant === undefined ? {} : { tenant }),
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isBytes(endpoint, body) ? body : JSON.stringify(body) }),
    });
  }

  async function call<E extends Endpoint>(endpoint: E, ...[request]: Arguments<E>): Promise<Answered<AnswerOf<E>>> {
    const response = await ask(endpoint, request);
    const { status, headers } = response;
    const text = await response.text();
    if (status >= 400) return { status, headers, body: undefined as never, problem: problem.parse(JSON.parse(text)) };
    const { json } = contentOf(endpoint.response[status] ?? null);
    return { status, headers, body: (json ? json.parse(JSON.parse(text)) : null) as never, problem: null };
  }

  async function read<E extends Endpoint>(endpoint: E, ...request: Arguments<E>): Promise<AnswerOf<E>> {
    const { body, problem: refused } = await call(endpoint, ...request);
    if (refused)
      throw new Error(`${endpoint.id}: ${refused.type}: ${refused.detail} ${JSON.stringify(refused.errors)}`);
    return body;
  }

  function ended<E extends RunEndpoints>(runs: E, { run_id }: { run_id: string }, asking: Asking = {}) {
    const request = { ...asking, params: { run_id } } as never;
    return until(
      'the run to end',
      async () => {
        const run = (await read(runs.get, request)) as RunOf<E>;
        return run.finished_at === null ? null : run;
      },
      runEndsWithinMs,
    );
  }

  return {
    keyOf: server.keyOf,
    /** Any request, with the tenant's key. */
    send,
    call,
    /** The checked body.
     *  @throws Error with the problem when the call is refused */
    read,
    /** The NDJSON answer, every line checked.
     *  @throws Error with the problem's type when the call is refused */
    async lines<E extends Endpoint>(endpoint: E, ...[request]: Arguments<E>): Promise<LineOf<E>[]> {
      const response = await ask(endpoint, request, 'application/x-ndjson');
      const text = await response.text();
      if (response.status >= 400) throw new Error(problem.parse(JSON.parse(text)).type);
      const schema = contentOf(endpoint.response[response.status] ?? null).lines;
      const rows = text.split('\n').filter((line) => line !== '');
      return rows.map((line) => schema?.parse(JSON.parse(line)) as never);
    },
    /** Waits for the end of a run. */
    ended,
    /** Starts a run and waits for its end. */
    async run<E extends RunEndpoints>(runs: E, request: RequestOf<E['create']> & Asking): Promise<RunOf<E>> {
      const { tenant } = request as Asking;
      const accepted = (await read(runs.create, request as never)) as RunOf<E>;
      return ended(runs, accepted, tenant === undefined ? {} : { tenant });
    },
  };
}
export type TestClient = ReturnType<typeof testClient>;

/** A body that a test made up itself. */
function isBytes(endpoint: Endpoint, body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return (
    endpoint.body !== undefined && isRaw(endpoint.body) && (typeof body === 'string' || body instanceof Uint8Array)
  );
}
