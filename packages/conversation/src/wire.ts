import { storableText } from './storable.ts';

/** The part of chat completions that a decision is made of; a shape, so that no version of a client is asked for. */
export interface ChatMessage {
  role: string;
  content?: string | null | readonly ContentPart[];
  tool_calls?: readonly ChatToolCall[] | null;
  /** Of a tool's result: the call it answers. */
  tool_call_id?: string;
  /** What `tool_calls` were before there could be several. */
  function_call?: { name?: string; arguments?: string } | null;
}

/** A part without text is an image, sound or a file. */
export interface ContentPart {
  type: string;
  text?: string;
}

export interface ChatToolCall {
  id?: string;
  type?: 'function' | 'custom';
  /** Where the fragments of one call belong together, in a stream. */
  index?: number;
  function?: { name?: string; arguments?: string };
  /** A tool that takes free text. */
  custom?: { name?: string; input?: string };
}

export interface ChatTool {
  function?: { name: string; description?: string; parameters?: Record<string, unknown> };
  custom?: { name: string; description?: string };
}

export interface ChatRequest {
  model?: string;
  messages: readonly ChatMessage[];
  tools?: readonly ChatTool[];
  tool_choice?: ToolChoice;
  /** The provider's id of the response that this request goes on from: the dialogue before it is kept there, and is not in
   *  `messages`. */
  continues?: string;
  /** What `tools` and `tool_choice` were before there were other tools than functions. */
  functions?: readonly NonNullable<ChatTool['function']>[];
  function_call?: string | { name: string };
}

export type ToolChoice =
  | string
  | { type: 'function'; function: { name: string } }
  | { type: 'custom'; custom: { name: string } }
  | { type: 'allowed_tools'; allowed_tools: { tools: readonly { [key: string]: unknown }[] } };

/** An answer, or a piece of one. */
export interface ChatAnswerPart {
  id?: string;
  model?: string;
  choices?: readonly {
    index?: number;
    message?: ChatMessage;
    delta?: Partial<ChatMessage>;
    finish_reason?: string | null;
  }[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    prompt_tokens_details?: { cached_tokens?: number } | null;
  } | null;
}

export const isSystem = ({ role }: Pick<ChatMessage, 'role'>): boolean => role === 'system' || role === 'developer';

/** The text of a message; its parts that are no text are left out. */
export function textOf(content: ChatMessage['content']): string {
  if (typeof content === 'string') return storableText(content);
  return storableText((content ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])).join('\n'));
}
