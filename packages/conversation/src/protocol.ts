import type { Answer } from './answer.ts';
import type { ChatRequest } from './wire.ts';

/** One of the forms in which a model is asked: how to read what is asked and what comes back. */
export interface Protocol {
  /** What was asked, copied before the agent goes on with its messages. */
  requestOf(body: unknown): ChatRequest;
  addPart(answer: Answer, part: unknown): void;
}
