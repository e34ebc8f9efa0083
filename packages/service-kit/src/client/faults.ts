import type { Dispatcher } from 'undici';
import { problem } from '@retort/contracts';
import { fault, isFault, receivedFault, type Fault } from '@retort/kernel';
import { codeOfProblem } from '../http/problem.ts';

/** The fault a problem document was made from; `http.upstream-error` when the answer is no problem document. */
export async function faultOfResponse(response: Dispatcher.ResponseData, path: string): Promise<Fault> {
  const status = response.statusCode;
  const wait = Number(response.headers['retry-after']);
  const parsed = problem.safeParse(await jsonOf(response));
  const code = parsed.success ? codeOfProblem(parsed.data.type) : undefined;
  return receivedFault(code ?? 'http.upstream-error', {
    status: code === undefined ? 502 : status,
    retriable: status === 503 || status === 429 || (code === undefined && status >= 502),
    public: (parsed.success ? (parsed.data.detail ?? parsed.data.title) : undefined) ?? `${path} answered ${status}.`,
    ...(parsed.success && parsed.data.errors ? { errors: parsed.data.errors } : {}),
    ...(Number.isFinite(wait) ? { retryAfter: wait } : {}),
    internal: { path, status, request_id: response.headers['x-request-id'] },
  });
}

async function jsonOf(response: Dispatcher.ResponseData): Promise<unknown> {
  const text = await response.body.text();
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What goes wrong before an answer is there: an abort stays the caller's own, the rest says whether to try again. */
export function faultOfTransport(error: unknown, path: string, signal: AbortSignal | undefined): unknown {
  if (isFault(error) || signal?.aborted) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const late = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT';
  return fault(late ? 'http.timeout' : 'http.unreachable', {
    public: late ? 'A service did not answer in time.' : 'A service cannot be reached.',
    internal: { path, code },
    cause: error,
  });
}
