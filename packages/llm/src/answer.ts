import { fault, type Call, type ErrorCode, type JsonObject } from '@retort/kernel';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import type { ToolNames } from './tool-names.ts';

/** The calls an answer makes, in its order; none where it is words.
 *  @throws `llm.malformed-call` (502, retriable) when the arguments are no JSON object, `llm.tool-not-offered`,
 *          `llm.empty-answer` */
export function callsOf(completion: ChatCompletion, names: ToolNames): Call[] {
  const message = completion.choices[0]?.message;
  if (!message) throw failure('llm.empty-answer', 'The model gave no answer.');
  return (message.tool_calls ?? []).map((call) => {
    if (call.type !== 'function')
      throw failure('llm.malformed-call', 'The model called something that is no function.');
    const tool = names.fromWire(call.function.name);
    if (tool === undefined) throw failure('llm.tool-not-offered', 'The model called a tool that it was not offered.');
    return { tool, parameters: argumentsOf(call.function.arguments) };
  });
}

/** `arguments` is a string that should hold a JSON object; models write an empty one for "none". */
function argumentsOf(text: string): JsonObject {
  if (text.trim() === '') return {};
  const value = jsonOf(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw failure('llm.malformed-call', 'The arguments the model wrote are not a JSON object.');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The probability of the whole answer, from its tokens' log probabilities; null when the server gives none (many give
 *  none for tool calls). */
export function confidenceOf(completion: ChatCompletion): number | null {
  const tokens = completion.choices[0]?.logprobs?.content ?? [];
  if (tokens.length === 0) return null;
  const probability = Math.exp(tokens.reduce((sum, { logprob }) => sum + logprob, 0));
  return Number.isFinite(probability) ? Math.min(1, probability) : null;
}

function failure(code: ErrorCode, message: string): Error {
  // Another attempt may well be answered in order: models are not deterministic.
  return fault(code, { public: message });
}
