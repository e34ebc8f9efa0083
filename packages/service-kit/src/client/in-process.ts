import type { AnswerOf, Endpoint } from '@retort/contracts';
import type { InProcess, InProcessRequest } from '../types.ts';

/** What `answer` gives is not checked: it is made from what the endpoint says. */
export function inProcess<E extends Endpoint>(
  endpoint: E,
  answer: (request: InProcessRequest<E>) => AnswerOf<E> | Promise<AnswerOf<E>>,
): InProcess {
  return { endpoint, answer: answer as InProcess['answer'] };
}
