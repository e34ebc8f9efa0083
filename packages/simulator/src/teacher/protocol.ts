import type { ChatMessage } from '@retort/conversation';
import type { JsonObject } from '@retort/kernel';
import type { ChatTool } from '../messages.ts';

export type ToolChoice = 'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };

/** What the teacher reads of `POST /v1/chat/completions`. */
export interface ChatRequest {
  model: string;
  messages: readonly ChatMessage[];
  tools?: readonly ChatTool[];
  tool_choice?: ToolChoice;
  logprobs?: boolean;
}

const content = {
  anyOf: [
    { type: 'string' },
    { type: 'null' },
    {
      type: 'array',
      items: { type: 'object', required: ['type'], properties: { type: { type: 'string' }, text: { type: 'string' } } },
    },
  ],
};

/** JSON Schema of the request: what OpenAI's API refuses is refused, what it knows and the teacher does not use is let by. */
export const chatRequestSchema: JsonObject = {
  type: 'object',
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string', minLength: 1 },
    messages: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['role'],
        properties: { role: { enum: ['system', 'developer', 'user', 'assistant', 'tool'] }, content },
      },
    },
    tools: {
      type: 'array',
      items: {
        type: 'object',
        required: ['type', 'function'],
        properties: {
          type: { const: 'function' },
          function: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string', minLength: 1 },
              description: { type: 'string' },
              parameters: { type: 'object' },
            },
          },
        },
      },
    },
    tool_choice: {
      anyOf: [
        { enum: ['none', 'auto', 'required'] },
        {
          type: 'object',
          required: ['type', 'function'],
          properties: {
            type: { const: 'function' },
            function: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
          },
        },
      ],
    },
    logprobs: { type: ['boolean', 'null'] },
    stream: { enum: [false, null] },
    n: { enum: [1, null] },
  },
};

/** OpenAI's error body. `param` is written as OpenAI writes it: `messages[0].role`. */
export function errorBody(error: { message: string; param?: string | null; code?: string | null; type?: string }) {
  return {
    error: {
      message: error.message,
      type: error.type ?? 'invalid_request_error',
      param: error.param ?? null,
      code: error.code ?? null,
    },
  };
}

/** `/messages/0/role` → `messages[0].role`. */
export function parameterName(pointer: string): string {
  return pointer
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replace(/^\//, '')
    .replaceAll('/', '.');
}
