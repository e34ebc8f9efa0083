import { appendFile, readFile } from 'node:fs/promises';
import { digestOfJson, type ErrorCode } from '@retort/kernel';

/** `fetch`, or something that stands in for it. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

interface Recorded {
  request: string;
  status: number;
  body: string;
}

/** The code a replay answers with when it has no such request. */
export const notRecorded = 'llm.not-recorded' satisfies ErrorCode;

/** Lets every request through and writes its answer to a JSONL file under the digest of the request. Credentials are
 *  not part of either. */
export function recordTo(file: string, fetch: Fetch = globalThis.fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const body = await response.text();
    const line: Recorded = { request: requestDigest(input, init), status: response.status, body };
    await appendFile(file, `${JSON.stringify(line)}\n`);
    return answer(line, Object.fromEntries(response.headers));
  };
}

/** Answers from a file that `recordTo` wrote, without any network. Of answers to the same request each is given once, in
 *  their order; the last one again and again. A request that is not there gets 404 with the code `llm.not-recorded`. */
export function replayFrom(file: string): Fetch {
  let loading: Promise<Map<string, Recorded[]>> | undefined;
  return async (input, init) => {
    const recordings = await (loading ??= load(file));
    const answers = recordings.get(requestDigest(input, init));
    const next = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    if (next) return answer(next, { 'content-type': 'application/json' });
    const error = { code: notRecorded, message: 'This request is not in the recording.' };
    return answer({ status: 404, body: JSON.stringify({ error }) }, { 'content-type': 'application/json' });
  };
}

async function load(file: string): Promise<Map<string, Recorded[]>> {
  const recordings = new Map<string, Recorded[]>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    if (line === '') continue;
    const recorded = JSON.parse(line) as Recorded;
    recordings.set(recorded.request, [...(recordings.get(recorded.request) ?? []), recorded]);
  }
  return recordings;
}

/** The path and the body: another host, or another key, is the same question. */
function requestDigest(input: string | URL | Request, init: RequestInit | undefined): string {
  const url = new URL(input instanceof Request ? input.url : input);
  const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
  return digestOfJson({ path: url.pathname.replace(/^.*(?=\/chat\/)/, ''), body });
}

function answer({ status, body }: Pick<Recorded, 'status' | 'body'>, headers: Record<string, string>): Response {
  // The body is decoded already.
  const { 'content-encoding': _, 'content-length': __, ...kept } = headers;
  return new Response(body, { status, headers: kept });
}
