import { chat, type ChatRequest, type Protocol } from '@retort/conversation';
import { unservedChat, type Unserved } from '../domain/chat-request.ts';
import { chatCompletion, chatCompletionStream, chatId } from '../domain/chat-answer.ts';
import type { StudentTurn } from '../domain/student-turn.ts';

export type Body = Record<string, unknown>;

/** One of the APIs that the gateway stands in for. */
export interface DropIn {
  /** Below an upstream's base URL. */
  path: string;
  protocol: Protocol;
  unserved(body: Body, request: ChatRequest): Unserved | null;
  /** The id of a student's answer. */
  idOf(decisionId: string): string;
  whole(turn: StudentTurn, body: Body): Body;
  /** Server-sent events. */
  stream(turn: StudentTurn, body: Body): string;
}

export const chatCompletions: DropIn = {
  path: '/chat/completions',
  protocol: chat,
  unserved: unservedChat,
  idOf: chatId,
  whole: chatCompletion,
  stream: (turn, body) => {
    const options = body['stream_options'] as { include_usage?: unknown } | null | undefined;
    return chatCompletionStream(turn, { includeUsage: options?.include_usage === true });
  },
};
