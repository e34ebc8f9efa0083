import { retryAfterMs } from './back-off.ts';
import { captureError, type CaptureError, type RefusedItem } from './capture-error.ts';
import { paths, type BatchResult } from './generated/api.ts';

export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Lines that go in one request: decisions, or the one outcome of a decision. */
export interface Lines {
  lines: readonly string[];
  outcomeOf?: string | undefined;
  /** Decisions that were refused are told again, with arguments unknown. */
  inPart?: boolean;
}

/** What became of a request. `away`: nobody took it, the sink is down or busy. `unclear`: somebody answered, not as agreed;
 *  another attempt may help, but not for ever. `refused`: no attempt will help. */
export type Verdict =
  | { kind: 'taken'; result: BatchResult }
  | { kind: 'away'; error: CaptureError; retryAfterMs: number }
  | { kind: 'unclear' | 'refused'; error: CaptureError };

export interface Sink {
  /** Of the platform. */
  url: URL;
  apiKey: string;
  fetch: Fetch;
}

const away = new Set([408, 425, 429, 502, 503, 504]);

/** Sends a request once. Never throws. */
export async function post({ url, apiKey, fetch }: Sink, given: Lines, signal: AbortSignal): Promise<Verdict> {
  const decisions = given.lines.length;
  try {
    const response = await fetch(new URL(pathOf(given), url), {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': mediaTypeOf(given) },
      body: given.lines.join('\n'),
      // Followed, a POST may turn into a GET, and the answer to that would look like success.
      redirect: 'manual',
      signal,
    });
    const { status } = response;
    if (response.ok) {
      const result = receiptIn(await response.text(), given);
      if (result) return { kind: 'taken', result };
      const message = `The answer (status ${status}) does not say what became of the decisions.`;
      const error = captureError({
        code: 'recorder.unreadable-answer',
        message,
        retriable: true,
        decisions,
        status,
      });
      return { kind: 'unclear', error };
    }
    if (away.has(status)) {
      await response.body?.cancel();
      return {
        kind: 'away',
        error: unavailable(`The sink cannot take decisions now (status ${status}).`, { decisions, status }),
        retryAfterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()),
      };
    }
    const item = refusedItem({ status, problem: jsonOf(await response.text()) });
    return {
      kind: status >= 500 ? 'unclear' : 'refused',
      error: captureError({
        code: status >= 500 ? 'recorder.sink-failed' : 'recorder.refused',
        message: `The sink refused the ${given.outcomeOf === undefined ? 'batch' : 'outcome'} (status ${status}).`,
        retriable: status >= 500,
        decisions,
        status,
        ...(item.problem === undefined ? {} : { items: [item] }),
      }),
    };
  } catch (cause) {
    return { kind: 'away', error: unavailable('The sink was not reached.', { decisions, cause }), retryAfterMs: 0 };
  }
}

/** Below the platform's address, which may have a path of its own. */
function pathOf({ outcomeOf }: Lines): string {
  const path = outcomeOf === undefined ? paths.recordDecisions : paths.reportOutcome;
  return path.slice(1).replace('{id}', encodeURIComponent(outcomeOf ?? ''));
}

const mediaTypeOf = ({ outcomeOf }: Lines) => (outcomeOf === undefined ? 'application/x-ndjson' : 'application/json');

function unavailable(message: string, members: { decisions: number; status?: number; cause?: unknown }): CaptureError {
  return captureError({ code: 'recorder.unavailable', message, retriable: true, ...members });
}

/** undefined unless the text accounts for everything that was sent: a proxy's friendly page is no receipt. */
function receiptIn(text: string, { lines, outcomeOf }: Lines): BatchResult | undefined {
  const value = jsonOf(text) as Partial<BatchResult & { id: string }> | null | undefined;
  if (outcomeOf !== undefined)
    return typeof value?.id === 'string' ? { recorded: 1, duplicates: 0, rejected: 0, results: [] } : undefined;
  const { recorded, duplicates, rejected, results } = value ?? {};
  const accounted = Number(recorded) + Number(duplicates) + Number(rejected);
  return accounted === lines.length && Array.isArray(results) ? (value as BatchResult) : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export type ItemResult = BatchResult['results'][number];

/** The items that the sink took exception to. */
export function refusedIn({ results }: BatchResult): ItemResult[] {
  // A sink that is none of ours may list anything.
  return (results as (ItemResult | null)[]).filter((item): item is ItemResult => Number(item?.status) >= 400);
}

/** What is wrong with an item, without its content: the type of the problem, and pointers with what is wrong there. */
export function refusedItem({ id, status, problem }: Pick<ItemResult, 'id' | 'status' | 'problem'>): RefusedItem {
  const { type, errors } = (problem ?? {}) as { type?: unknown; errors?: unknown };
  const told = (
    Array.isArray(errors) ? (errors as ({ pointer?: unknown; message?: unknown; detail?: unknown } | null)[]) : []
  ).flatMap((error) =>
    typeof error?.pointer === 'string'
      ? [{ pointer: error.pointer, message: String(error.message ?? error.detail ?? '') }]
      : [],
  );
  return {
    ...(id === undefined ? {} : { id }),
    status,
    ...(typeof type === 'string' ? { problem: type } : {}),
    ...(told.length > 0 ? { errors: told } : {}),
  };
}
