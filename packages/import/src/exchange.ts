import type { DecisionInput } from '@retort/contracts';
import type { Answer, ChatRequest } from '@retort/conversation';

/** One question to a model and its answer, as a log tells it. */
export interface Exchange {
  /** What the log calls it; absent where it has no name, and its content stands for it. */
  id?: string;
  request: ChatRequest;
  answer: Answer;
  agent?: string;
  /** The dialogue it belongs to. */
  session?: string;
  /** ISO 8601. */
  at?: string;
  /** From the request to the end of the answer, in milliseconds. */
  latencyMs?: number;
  outcome?: NonNullable<DecisionInput['outcome']>;
}

/** Why a record, or a part of it, is no decision. */
export const reasons = {
  'not-json': 'is no JSON',
  'not-this-format': 'is not of this format',
  'not-a-model-call': 'is no call of a model (a span, a trace or an event of another kind)',
  'no-messages': 'does not hold the messages the model was given',
  'no-answer': 'holds no answer, or one that failed',
  'answer-cut-off': 'was cut off by a limit or a filter: what it would have called is not known',
  'dialogue-elsewhere': 'goes on from a response that the provider keeps: what the model saw is not in the log',
  'no-tools': 'had no tools to choose from: there was nothing to decide',
  'too-many-tools': 'calls one of more tools than may be offered: the log does not say which there were to choose from',
  'too-long': 'is longer than a line may be',
  'compressed-data-damaged': 'lies behind damaged compressed data',
  'student-answered': 'was answered by a student of Retort: it is no evidence of what the teacher does',
} as const;
export type Reason = keyof typeof reasons;

export interface Unusable {
  reason: Reason;
}

export const unusable = (reason: Reason): Unusable => ({ reason });

export function isUnusable(reading: Exchange | Unusable): reading is Unusable {
  return 'reason' in reading;
}

/** How a tool writes its log. */
export interface Format {
  name: string;
  /** Where such a file comes from. */
  description: string;
  /** A record of the file (a line, an item of its list) as the exchanges it holds. */
  read(record: unknown): readonly (Exchange | Unusable)[];
}
