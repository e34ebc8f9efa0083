import { chat, responses, type ChatRequest, type Protocol } from '@retort/conversation';
import { unservedChat, type Unserved } from '../domain/chat-request.ts';
import { chatCompletion, chatCompletionStream, chatId } from '../domain/chat-answer.ts';
import { response, responseId, responseStream } from '../domain/response-answer.ts';
import { unservedResponse } from '../domain/responses-request.ts';
import type { StudentTurn } from '../domain/student-turn.ts';

export type Body = Record<string, unknown>;

/** One of the APIs that the gateway stands in for. */
export interface DropIn {
  /** Below an upstream's base URL. */
  path: string;
  /** Whether a later request may go on from an answer by its id alone. */
  goesOnById: boolean;
  protocol: Protocol;
  unserved(body: Body, request: ChatRequest): Unserved | null;
  /** The request with instructions before its own. */
  instructed(body: Body, instructions: string): Body;
  /** The id of a student's answer. */
  idOf(decisionId: string): string;
  whole(turn: StudentTurn, body: Body): Body;
  /** Server-sent events. */
  stream(turn: StudentTurn, body: Body): string;
}

export const chatCompletions: DropIn = {
  path: '/chat/completions',
  goesOnById: false,
  protocol: chat,
  unserved: unservedChat,
  instructed: (body, content) => {
    const { messages } = body;
    return {
      ...body,
      messages: [{ role: 'system', content }, ...(Array.isArray(messages) ? (messages as unknown[]) : [])],
    };
  },
  idOf: chatId,
  whole: chatCompletion,
  stream: (turn, body) => {
    const options = body['stream_options'] as { include_usage?: unknown } | null | undefined;
    return chatCompletionStream(turn, { includeUsage: options?.include_usage === true });
  },
};

export const responsesApi: DropIn = {
  path: '/responses',
  goesOnById: true,
  protocol: responses,
  unserved: unservedResponse,
  instructed: (body, text) => {
    const { instructions: own } = body;
    return { ...body, instructions: typeof own === 'string' && own !== '' ? `${text}\n${own}` : text };
  },
  idOf: responseId,
  whole: response,
  stream: responseStream,
};
