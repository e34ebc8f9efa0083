import { setTimeout as delay } from 'node:timers/promises';
import {
  contentOf,
  problem,
  urlOf,
  type Address,
  type AnswerOf,
  type Endpoint,
  type LineOf,
  type OptionalArgument,
  type Problem,
  type RequestOf,
  type run,
} from '@retort/contracts';
import { fault, receivedFault } from '@retort/kernel';
import type { z } from 'zod';

/** The platform's REST API with a key. Answers are checked.
 *  @throws `cli.request-failed`, `cli.unreachable` */
export interface Api {
  call<E extends Endpoint>(endpoint: E, ...request: OptionalArgument<RequestOf<E>>): Promise<AnswerOf<E>>;
  /** Sends rows as NDJSON; a text is a row as it is written. */
  callWithLines<E extends Endpoint>(
    endpoint: E,
    rows: readonly (object | string)[],
    ...address: OptionalArgument<Address<E>>
  ): Promise<AnswerOf<E>>;
  /** The NDJSON answer, a line at a time. */
  lines<E extends Endpoint>(endpoint: E, ...address: OptionalArgument<Address<E>>): AsyncGenerator<LineOf<E>>;
}

const pollIntervalMs = 200;
const readAttempts = 4;
const json = 'application/json';
const ndjson = 'application/x-ndjson';

interface Body {
  type: string;
  text: string;
}

/** A placeholder pasted from a page is no key, and no text for a header.
 *  @throws `cli.not-a-key` (400) */
function requireKey(key: string): void {
  if (!/^[\x21-\x7e]+$/.test(key))
    throw fault('cli.not-a-key', { public: 'The API key holds characters that no key has. Is it a placeholder?' });
}

/** When `signal` aborts, every request ends with its reason. */
export function connectApi(platform: { url: string; apiKey: string }, signal?: AbortSignal): Api {
  requireKey(platform.apiKey);
  async function request(
    { method }: Endpoint,
    path: string,
    { accept = json, body }: { accept?: string; body?: Body | undefined },
  ): Promise<Response> {
    const response = await send(new URL(path, platform.url), {
      method,
      headers: {
        authorization: `Bearer ${platform.apiKey}`,
        accept,
        ...(body && { 'content-type': body.type }),
      },
      ...(body && { body: body.text }),
    });
    if (!response.ok) throw await toFault(method, path, response);
    return response;
  }

  /** Reading may be tried again when a connection broke; a write may have been received before the connection broke. */
  async function send(url: URL, init: RequestInit & { method: string }): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetch(url, { ...init, ...(signal && { signal }) });
      } catch (error) {
        signal?.throwIfAborted();
        if (init.method !== 'GET' || attempt === readAttempts) throw unreachable(init.method, url.pathname, error);
        await delay(pollIntervalMs * attempt);
      }
    }
  }

  async function ask(endpoint: Endpoint, path: string, body?: Body): Promise<never> {
    const response = await request(endpoint, path, { body });
    const schema = contentOf(endpoint.response[response.status] ?? null).json;
    return schema?.parse(await response.json()) as never;
  }

  return {
    call: (endpoint, ...[given]) => {
      const { body } = (given ?? {}) as { body?: unknown };
      const path = urlOf(endpoint, given as never);
      return ask(endpoint, path, body === undefined ? undefined : { type: json, text: JSON.stringify(body) });
    },
    callWithLines: (endpoint, rows, ...[address]) =>
      ask(endpoint, urlOf(endpoint, address as never), {
        type: ndjson,
        text: rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'),
      }),
    async *lines(endpoint, ...[address]) {
      const response = await request(endpoint, urlOf(endpoint, address as never), { accept: ndjson });
      const schema = contentOf(endpoint.response[response.status] ?? null).lines;
      if (!response.body) return;
      let rest = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield schema?.parse(JSON.parse(line)) as never;
      }
      if (rest !== '') yield schema?.parse(JSON.parse(rest)) as never;
    },
  };
}

function unreachable(method: string, path: string, error: unknown) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  return fault('cli.unreachable', {
    public: `${method} ${path}: the platform did not answer (${cause}).`,
    cause: error,
  });
}

async function toFault(method: string, path: string, response: Response) {
  const body = await response.json().catch(() => undefined);
  const parsed = problem.safeParse(body);
  const detail: Partial<Problem> = parsed.success ? parsed.data : {};
  const where = detail.errors?.map((error) => `${error.pointer}: ${error.message}`).join('; ');
  const retryAfter = Number(response.headers.get('retry-after') ?? NaN);
  return receivedFault('cli.request-failed', {
    status: response.status,
    retriable: response.status === 503 || response.status === 429,
    ...(Number.isFinite(retryAfter) && { retryAfter }),
    public: `${method} ${path} answered ${response.status}: ${detail.detail ?? detail.title ?? 'no detail'}${where ? ` (${where})` : ''}`,
  });
}

/** Follows a run until it ends.
 *  @throws `cli.run-failed` when it did not succeed. */
export async function followRun<Runs extends { get: Endpoint }>(
  api: Api,
  runs: Runs,
  { run_id }: { run_id: string },
  onProgress: (progress: { fraction: number; step: string }) => void,
): Promise<AnswerOf<Runs['get']>> {
  const address = { params: { run_id } } as never;
  for (;;) {
    const view = await api.call(runs.get as Runs['get'], address);
    const { progress, state, error } = view as z.infer<typeof run>;
    onProgress(progress);
    if (state === 'succeeded') return view;
    if (state === 'failed' || state === 'cancelled') {
      throw fault('cli.run-failed', {
        public: `${urlOf(runs.get, address)} ${state}${error ? `: ${error.message}` : ''}`,
      });
    }
    await delay(pollIntervalMs);
  }
}

/** Asks again and again until there is an answer.
 *  @throws `cli.timeout` saying what was waited for. */
export async function until<Answer>(
  ask: () => Promise<Answer | undefined>,
  options: { waitingFor: string; timeoutMs: number },
): Promise<Answer> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) {
      throw fault('cli.timeout', {
        public: `Gave up waiting for ${options.waitingFor} after ${options.timeoutMs / 1000} s.`,
      });
    }
    await delay(pollIntervalMs);
  }
}
