import type { ChatAnswerPart, ChatToolCall } from './wire.ts';

/** What a model answered: a first choice, put together from one part or many. */
export interface Answer {
  /** The provider's. */
  id: string | undefined;
  model: string | undefined;
  content: string;
  calls: AnsweredCall[];
  /** null while the answer is not complete. */
  finishReason: string | null;
  /** Tokens; null where the provider did not say. */
  usage: { prompt: number; completion: number; cached?: number } | null;
}
export interface AnsweredCall {
  /** The provider's; absent where it gives none. */
  id?: string;
  name: string;
  /** JSON as the model wrote it; free text where `custom`. */
  arguments: string;
  custom: boolean;
}

export const emptyAnswer = (): Answer => ({
  id: undefined,
  model: undefined,
  content: '',
  calls: [],
  finishReason: null,
  usage: null,
});

/** Adds a part: a chunk of a stream, or the whole completion. Other choices than the first are alternatives that the
 *  agent may or may not have followed. */
export function addPart(answer: Answer, { id, model, choices, usage }: ChatAnswerPart): void {
  answer.id ??= id;
  answer.model ??= model;
  if (usage) {
    const cached = usage.prompt_tokens_details?.cached_tokens;
    const tokens = { prompt: usage.prompt_tokens ?? 0, completion: usage.completion_tokens ?? 0 };
    answer.usage = cached === undefined ? tokens : { ...tokens, cached };
  }
  const choice = choices?.find(({ index }) => (index ?? 0) === 0);
  if (!choice) return;
  const { content, tool_calls, function_call } = choice.delta ?? choice.message ?? {};
  if (typeof content === 'string') answer.content += content;
  if (function_call) addCall(answer, { function: function_call }, 0);
  tool_calls?.forEach((part, position) => addCall(answer, part, choice.message ? position : undefined));
  answer.finishReason = choice.finish_reason ?? answer.finishReason;
}

/** Some servers number no fragments: one with an id then begins a call. */
function addCall({ calls }: Answer, part: ChatToolCall, position: number | undefined): void {
  const at = part.index ?? position ?? (part.id ? calls.length : Math.max(0, calls.length - 1));
  const call = (calls[at] ??= { name: '', arguments: '', custom: part.custom !== undefined });
  if (part.id && call.id === undefined) call.id = part.id;
  call.name += part.function?.name ?? part.custom?.name ?? '';
  call.arguments += part.function?.arguments ?? part.custom?.input ?? '';
}
