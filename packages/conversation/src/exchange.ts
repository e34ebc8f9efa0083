import type { Exchange } from '@retort/contracts';
import type { Answer } from './answer.ts';

/** How an answer came about: what the provider said of it, and the milliseconds from the request to its end, where
 *  those are known. */
export function exchangeOf({ id, usage }: Answer, latencyMs?: number): Exchange {
  return {
    ...(latencyMs === undefined ? {} : { latency_ms: latencyMs }),
    ...(id === undefined ? {} : { response_id: id }),
    ...(usage ? { prompt_tokens: usage.prompt, completion_tokens: usage.completion } : {}),
    ...(usage?.cached === undefined ? {} : { cached_tokens: usage.cached }),
  };
}

/** Whether a model of this name is a student of Retort: what it answers is no evidence of what the teacher does. */
export function isStudentModel(name: string | undefined): boolean {
  return /^retort(\/|:|$)/.test(name ?? '');
}
