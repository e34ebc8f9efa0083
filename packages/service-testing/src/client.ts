import {
  contentOf,
  isRaw,
  problem,
  scopes,
  urlOf,
  type AnswerOf,
  type Endpoint,
  type LineOf,
  type OptionalArgument,
  type Problem,
  type RequestOf,
} from '@retort/contracts';
import type { Host } from '@retort/service-kit';

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

/** Calls as a tenant's agent makes them, with a key that carries every scope. The host may be started again between calls. */
export function testClient(hosted: () => Host) {
  const keys = new Map<string, Promise<string>>();
  const keyOf = (tenant: string): Promise<string> => {
    const known =
      keys.get(tenant) ??
      hosted()
        .keys.create({ tenant, name: 'test', scopes })
        .then(({ secret }) => secret);
    keys.set(tenant, known);
    return known;
  };

  async function send(url: string, { tenant = 'acme', ...init }: Omit<RequestInit, 'headers'> & Asking = {}) {
    const headers = { authorization: `Bearer ${await keyOf(tenant)}`, ...init.headers };
    return fetch(new URL(url, hosted().url), { ...init, headers });
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

  return {
    keyOf,
    /** Any request, with the tenant's key. */
    send,
    async call<E extends Endpoint>(endpoint: E, ...[request]: Arguments<E>): Promise<Answered<AnswerOf<E>>> {
      const response = await ask(endpoint, request);
      const { status, headers } = response;
      const text = await response.text();
      if (status >= 400) return { status, headers, body: undefined as never, problem: problem.parse(JSON.parse(text)) };
      const { json } = contentOf(endpoint.response[status] ?? null);
      return { status, headers, body: (json ? json.parse(JSON.parse(text)) : null) as never, problem: null };
    },
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
  };
}
export type TestClient = ReturnType<typeof testClient>;

/** A body that a test made up itself. */
function isBytes(endpoint: Endpoint, body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return (
    endpoint.body !== undefined && isRaw(endpoint.body) && (typeof body === 'string' || body instanceof Uint8Array)
  );
}
