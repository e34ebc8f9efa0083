import type { Answer } from './answer.ts';
import type { ChatRequest } from './wire.ts';

/** One of the places where a model is asked: how to read what goes there and what comes back. */
export interface Endpoint {
  /** What was asked, copied before the agent goes on with its messages.
   *  @throws CaptureError where it cannot be known what the model was asked */
  requestOf(body: unknown): ChatRequest;
  addPart(answer: Answer, part: unknown): void;
}
