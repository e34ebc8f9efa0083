import type { AnswerOf, Endpoint, RequestOf } from '@retort/contracts';
import type { Trace } from '../types.ts';

/** An endpoint that services of the same process call as a function: for answers that cost less than a request over HTTP.
 *  In another process the same call goes over HTTP. */
export interface InProcess {
  endpoint: Endpoint;
  answer(request: InProcessRequest<Endpoint>): unknown;
}
export type InProcessRequest<E extends Endpoint> = RequestOf<E> & { tenant: string; trace: Trace };

/** What `answer` gives is not checked: it is made from what the endpoint says. */
export function inProcess<E extends Endpoint>(
  endpoint: E,
  answer: (request: InProcessRequest<E>) => AnswerOf<E> | Promise<AnswerOf<E>>,
): InProcess {
  return { endpoint, answer: answer as InProcess['answer'] };
}
