import { hash32 } from '@retort/kernel';
import type { Decide, Interpretation } from '../mind.ts';
import { messagesToContext } from '../messages.ts';
import { opinionOn, type Opinion } from './opinion.ts';
import type { ChatRequest } from './protocol.ts';

export const teacherModel = 'ultracore-teacher';

/** One answer. `occasion` tells apart the times the same request was asked; `created` is in Unix seconds. */
export interface Occasion {
  seed: number | string;
  noise: number;
  occasion: number;
  created: number;
}

/** Answers a chat request from its messages and tools alone; `undefined` when `tool_choice` demands a call that nothing
 *  in the request leads to.
 *
 *  Confidence: with `logprobs: true`, `choices[0].logprobs.content[0]` is one token, the tool's name ("none" without a
 *  tool), whose `logprob` is the natural logarithm of the confidence; `top_logprobs` names the runner-up too. */
export function complete(request: ChatRequest, decide: Decide, { seed, noise, occasion, created }: Occasion) {
  const context = messagesToContext(request.messages);
  const tools = (request.tools ?? []).map((tool) => tool.function);
  const choice = request.tool_choice ?? 'auto';
  const allowed = decide({ context, tools }).filter((interpretation) => isAllowed(interpretation, choice));
  if (allowed.length === 0 && choice !== 'none') return undefined;
  const unclear: Interpretation = { intent: 'unclear', score: 0, call: { tool: null, parameters: {} } };
  const prompt = JSON.stringify([request.messages, tools.map(({ name }) => name)]);
  const opinion = opinionOn(allowed.length > 0 ? allowed : [unclear], noise, `${seed}/${occasion}/${prompt}`);
  const { chosen } = opinion;
  const id = hash32(`${occasion}/${prompt}`).toString(16).padStart(8, '0');
  const call =
    chosen.call.tool === null
      ? undefined
      : { name: chosen.call.tool, arguments: JSON.stringify(chosen.call.parameters) };
  const promptTokens = tokens(prompt) + tokens(JSON.stringify(tools));
  const completionTokens = 12 + (call ? tokens(call.name + call.arguments) : 0);
  return {
    id: `chatcmpl-simulated-${id}`,
    object: 'chat.completion',
    created,
    model: request.model,
    system_fingerprint: 'simulated',
    choices: [
      {
        index: 0,
        finish_reason: call ? 'tool_calls' : 'stop',
        logprobs: request.logprobs ? logprobsOf(opinion) : null,
        message: {
          role: 'assistant',
          content: `Simulated teacher: read as "${chosen.intent}".`,
          refusal: null,
          ...(call ? { tool_calls: [{ id: `call_${id}`, type: 'function', function: call }] } : {}),
        },
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  };
}

function isAllowed({ call }: Interpretation, choice: NonNullable<ChatRequest['tool_choice']>): boolean {
  if (choice === 'auto') return true;
  if (choice === 'none') return call.tool === null;
  return choice === 'required' ? call.tool !== null : call.tool === choice.function.name;
}

function logprobsOf({ chosen, other, confidence }: Opinion) {
  const token = ({ call }: Interpretation, probability: number) => ({
    token: call.tool ?? 'none',
    logprob: Math.log(probability),
    bytes: null,
  });
  const first = token(chosen, confidence);
  const rest = other ? [token(other, Math.max(1e-6, (1 - confidence) * 0.8))] : [];
  return { content: [{ ...first, top_logprobs: [first, ...rest] }], refusal: null };
}

/** Four characters a token, the usual rule of thumb: what a metered teacher would bill, roughly. */
function tokens(text: string): number {
  return Math.ceil(text.length / 4);
}
