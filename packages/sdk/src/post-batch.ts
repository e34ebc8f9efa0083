import type { BatchResult } from '@retort/contracts';
import { retryAfterMs } from './back-off.ts';
import { captureError, type CaptureError } from './capture-error.ts';

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** What became of a batch. `away`: nobody took it, the sink is down or busy. `unclear`: somebody answered, not as agreed;
 *  another attempt may help, but not for ever. `refused`: no attempt will help. */
export type Verdict =
  | { kind: 'taken'; result: BatchResult }
  | { kind: 'away'; error: CaptureError; retryAfterMs: number }
  | { kind: 'unclear' | 'refused'; error: CaptureError };

export interface BatchPost {
  url: URL;
  apiKey: string;
  lines: readonly string[];
  fetch: Fetch;
  signal: AbortSignal;
}

const away = new Set([408, 425, 429, 502, 503, 504]);

/** Sends a batch once. Never throws. */
export async function postBatch({ url, apiKey, lines, fetch, signal }: BatchPost): Promise<Verdict> {
  const decisions = lines.length;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
      // Followed, a POST may turn into a GET, and the answer to that would look like success.
      redirect: 'manual',
      signal,
    });
    const { status } = response;
    if (response.ok) {
      const result = batchResultOf(await response.text(), decisions);
      if (result) return { kind: 'taken', result };
      return {
        kind: 'unclear',
        error: captureError({
          code: 'recorder.unreadable-answer',
          message: `The answer (status ${status}) does not say what became of the decisions.`,
          retriable: true,
          decisions,
          status,
        }),
      };
    }
    await response.body?.cancel();
    if (away.has(status))
      return {
        kind: 'away',
        error: unavailable(`The sink cannot take decisions now (status ${status}).`, { decisions, status }),
        retryAfterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()),
      };
    return {
      kind: status >= 500 ? 'unclear' : 'refused',
      error: captureError({
        code: status >= 500 ? 'recorder.sink-failed' : 'recorder.refused',
        message: `The sink refused the batch (status ${status}).`,
        retriable: status >= 500,
        decisions,
        status,
      }),
    };
  } catch (cause) {
    return { kind: 'away', error: unavailable('The sink was not reached.', { decisions, cause }), retryAfterMs: 0 };
  }
}

function unavailable(message: string, members: { decisions: number; status?: number; cause?: unknown }): CaptureError {
  return captureError({ code: 'recorder.unavailable', message, retriable: true, ...members });
}

/** undefined unless the text accounts for every decision of the batch: a proxy's friendly page is no receipt. */
function batchResultOf(text: string, decisions: number): BatchResult | undefined {
  const value = jsonOf(text) as Partial<BatchResult> | null | undefined;
  const { recorded, duplicates, rejected, results } = value ?? {};
  const accounted = Number(recorded) + Number(duplicates) + Number(rejected);
  return accounted === decisions && Array.isArray(results) ? (value as BatchResult) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The decisions the sink took exception to, without their content; undefined when there are none. */
export function rejection({ rejected, results }: BatchResult): CaptureError | undefined {
  if (rejected === 0) return undefined;
  const items = results
    // A sink that is none of ours may list anything.
    .filter((item: BatchResult['results'][number] | null) => Number(item?.status) >= 400)
    .map(({ id, status, problem }) => {
      const type = (problem as { type?: unknown } | undefined)?.type;
      return { ...(id === undefined ? {} : { id }), status, ...(typeof type === 'string' ? { problem: type } : {}) };
    });
  return captureError({
    code: 'recorder.rejected',
    message: `The sink rejected ${rejected} decisions.`,
    retriable: false,
    decisions: rejected,
    items,
  });
}
