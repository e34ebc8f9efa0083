import { fault, isFault, type ErrorCode } from '@retort/kernel';
import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';

/** What went wrong at the model, with whether another try can help. What the server said goes into the log's fields as
 *  status, code and request id only: its message may quote the prompt. An abort stays the caller's own. */
export function teacherFault(error: unknown, signal: AbortSignal | undefined): unknown {
  if (isFault(error)) return error;
  if (signal?.aborted) return signal.reason ?? error;
  if (error instanceof APIConnectionTimeoutError) return unanswered('llm.timeout', 'The model did not answer in time.');
  if (error instanceof APIConnectionError) return unanswered('llm.unreachable', 'The model cannot be reached.', error);
  if (!(error instanceof APIError)) return error;
  const status = error.status as number | undefined;
  const internal = { status, code: error.code, type: error.type, request_id: error.requestID };
  if (status === 401 || status === 403)
    return refusal('llm.credentials-refused', 'The model does not accept our credentials.', internal);
  if (status === 429)
    return fault('llm.rate-limited', {
      public: 'The model takes no more requests for now.',
      ...retryAfter(error),
      internal,
    });
  if (status !== undefined && status < 500)
    return refusal('llm.request-refused', 'The model does not accept the request.', internal);
  return fault('llm.upstream-error', { public: 'The model failed.', internal });
}

function unanswered(code: ErrorCode, message: string, cause?: unknown): Error {
  return fault(code, { public: message, cause });
}

function refusal(code: ErrorCode, message: string, internal: Record<string, unknown>): Error {
  return fault(code, { public: message, internal });
}

function retryAfter(error: { headers?: Headers | undefined }): { retryAfter?: number } {
  const seconds = Number(error.headers?.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? { retryAfter: seconds } : {};
}
