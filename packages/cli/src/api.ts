import { setTimeout as delay } from 'node:timers/promises';
import { problem, type Problem, type run } from '@retort/contracts';
import { fault, receivedFault } from '@retort/kernel';
import type { z } from 'zod';

/** The platform's REST API with a key. */
export interface Api {
  get<Schema extends z.ZodType>(path: string, response: Schema): Promise<z.infer<Schema>>;
  post<Schema extends z.ZodType>(path: string, body: Body, response: Schema): Promise<z.infer<Schema>>;
  /** NDJSON, a parsed line at a time. */
  lines<Schema extends z.ZodType>(path: string, row: Schema): AsyncGenerator<z.infer<Schema>>;
}

const pollIntervalMs = 200;
const readAttempts = 4;

/** A JSON value, or lines of JSON to be sent as NDJSON. */
export type Body = { json: unknown } | { ndjson: string };

/** When `signal` aborts, every request ends with its reason. */
export function connectApi(platform: { url: string; apiKey: string }, signal?: AbortSignal): Api {
  async function request(method: string, path: string, init: { body?: Body; accept?: string }): Promise<Response> {
    const response = await send(new URL(path, platform.url), {
      method,
      headers: {
        authorization: `Bearer ${platform.apiKey}`,
        accept: init.accept ?? 'application/json',
        ...(init.body && {
          'content-type': 'json' in init.body ? 'application/json' : 'application/x-ndjson',
        }),
      },
      ...(init.body && { body: 'json' in init.body ? JSON.stringify(init.body.json) : init.body.ndjson }),
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

  return {
    get: async (path, schema) => schema.parse(await (await request('GET', path, {})).json()),
    post: async (path, body, schema) => schema.parse(await (await request('POST', path, { body })).json()),
    async *lines(path, row) {
      const response = await request('GET', path, { accept: 'application/x-ndjson' });
      if (!response.body) return;
      let rest = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield row.parse(JSON.parse(line));
      }
      if (rest !== '') yield row.parse(JSON.parse(rest));
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
  return receivedFault('cli.request-failed', {
    status: response.status,
    retriable: response.status === 503,
    public: `${method} ${path} answered ${response.status}: ${detail.detail ?? detail.title ?? 'no detail'}${where ? ` (${where})` : ''}`,
  });
}

/** Follows a run until it ends.
 *  @throws `cli.run-failed` when it did not succeed. */
export async function followRun<Schema extends z.ZodType<z.infer<typeof run>>>(
  api: Api,
  path: string,
  schema: Schema,
  onProgress: (progress: { fraction: number; step: string }) => void,
): Promise<z.infer<Schema>> {
  for (;;) {
    const current = await api.get(path, schema);
    onProgress(current.progress);
    if (current.state === 'succeeded') return current;
    if (current.state === 'failed' || current.state === 'cancelled') {
      throw fault('cli.run-failed', {
        public: `${path} ${current.state}${current.error ? `: ${current.error.message}` : ''}`,
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
