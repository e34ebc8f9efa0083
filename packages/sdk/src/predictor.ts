import { contextOf, offeredTools, type ChatRequest } from '@retort/conversation';
import { timerMs } from './back-off.ts';
import { paths, type PredictionInput, type PredictionView } from './generated/api.ts';
import { refusedItem, type Fetch } from './post.ts';

export interface PredictorOptions {
  /** Where Retort answers, e.g. `https://retort.example`. */
  url: string;
  /** A key with the scope `predictions:read`. */
  apiKey: string;
  /** Milliseconds until an answer, 10,000 without it. */
  timeoutMs?: number;
  fetch?: Fetch;
}

/** A question in the form of a chat completion. Its context is made as that of a recorded decision is. */
export interface ChatPrediction extends Omit<PredictionInput, 'context' | 'tools_available' | 'toolset'> {
  messages: ChatRequest['messages'];
  tools: NonNullable<ChatRequest['tools']>;
  tool_choice?: ChatRequest['tool_choice'];
  /** Facts beside those in the instructions: what `context` is in `recordOpenAI`. */
  facts?: PredictionInput['context'];
}

export interface Predictor {
  /** The calls to make: the student's where its guarantee holds, else the teacher's (`fallback: 'none'`: nobody's).
   *  @throws PredictionError where there is no answer */
  predict(question: PredictionInput | ChatPrediction): Promise<PredictionView>;
}

/** Why there is no prediction. It never carries the question. */
export interface PredictionError extends Error {
  name: 'PredictionError';
  /** The stable type of the problem (`/errors#…`), or `predictor.unreachable`, `predictor.unreadable-answer`. */
  code: string;
  /** The HTTP status, where there was an answer. */
  status?: number;
  /** Names the request in the platform's log. */
  requestId?: string;
  /** What is wrong with the question, and where (RFC 6901). */
  errors?: { pointer: string; message: string }[];
}

/** Asks the student.
 *  @throws TypeError when `url` is none */
export function createPredictor({ url, apiKey, timeoutMs = 10_000, fetch: given }: PredictorOptions): Predictor {
  const address = new URL(paths.predict.slice(1), url.endsWith('/') ? url : `${url}/`);
  const send: Fetch = given ?? ((target, init) => fetch(target, init));
  return {
    async predict(question) {
      const signal = AbortSignal.timeout(timerMs(timeoutMs));
      const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
      const body = JSON.stringify('messages' in question ? inputOf(question) : question);
      const response = await send(address, { method: 'POST', headers, body, signal }).catch((cause: unknown) => {
        throw predictionError('predictor.unreachable', `Retort was not reached at ${address.origin}.`, { cause });
      });
      const { status } = response;
      const answer = (await response.json().catch(() => undefined)) as unknown;
      if (response.ok && isView(answer)) return answer;
      throw response.ok || answer === undefined
        ? predictionError(
            'predictor.unreadable-answer',
            `What answers at ${address.href} is not Retort (status ${status}).`,
            { status },
          )
        : problemError(answer as Problem, status);
    },
  };
}

function inputOf({ messages, tools, tool_choice, facts, ...rest }: ChatPrediction): PredictionInput {
  return {
    ...rest,
    context: contextOf(messages, facts as Parameters<typeof contextOf>[1]),
    tools_available: offeredTools({ messages, tools, ...(tool_choice === undefined ? {} : { tool_choice }) }),
  };
}

const isView = (answer: unknown): answer is PredictionView =>
  typeof (answer as Partial<PredictionView> | null | undefined)?.served_by === 'string';

interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  request_id?: string;
}

function problemError(problem: Problem, status: number): PredictionError {
  const { errors } = refusedItem({ status, problem: problem as Record<string, unknown> });
  const message = problem.detail ?? problem.title ?? `Retort answers ${status}.`;
  return predictionError(problem.type ?? 'predictor.refused', message, {
    status,
    ...(problem.request_id === undefined ? {} : { requestId: problem.request_id }),
    ...(errors === undefined ? {} : { errors }),
  });
}

type Members = Pick<PredictionError, 'status' | 'requestId' | 'errors'> & { cause?: unknown };

function predictionError(code: string, message: string, { cause, ...members }: Members): PredictionError {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { name: 'PredictionError' as const, code }, members);
}
