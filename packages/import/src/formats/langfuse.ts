import { unusable, type Format } from '../exchange.ts';
import { messageIn, messagesIn, toolsIn } from '../messages.ts';
import { outcomeIn } from '../outcome.ts';
import {
  given,
  listIn,
  member,
  millisecondsBetween,
  momentIn,
  objectIn,
  textIn,
  unwrapped,
  usageIn,
} from '../shapes.ts';
import { answerOf } from './openai-chat.ts';

/** Langfuse's observations, as its API gives them (`traceId`) and as its exports write them (`trace_id`, with JSON inside
 *  text). Generations are calls of a model; spans and events are not. */
export const langfuse: Format = {
  name: 'langfuse',
  description: 'observations of Langfuse: its API’s pages, or an export of them as JSON lines or one JSON list',
  read(record) {
    const observation = objectIn(record);
    if (!observation) return [unusable('not-this-format')];
    const nested = listIn(observation['data']) ?? listIn(observation['observations']);
    if (nested) {
      const shared = {
        ...given('sessionId', textIn(member(observation, 'sessionId', 'session_id'))),
        ...given('scores', observation['scores']),
      };
      return nested.flatMap((item) => this.read({ ...shared, ...objectIn(item) }));
    }
    const type = textIn(observation['type']);
    if (type === undefined) return [unusable('not-this-format')];
    if (type.toUpperCase() !== 'GENERATION') return [unusable('not-a-model-call')];
    const input = unwrapped(observation['input']);
    const asked = objectIn(input);
    const messages = messagesIn(asked ? member(asked, 'messages', 'input', 'prompt') : input);
    if (!messages) return [unusable('no-messages')];
    const output = answerIn(observation['output']);
    if (output === undefined || textIn(observation['level']) === 'ERROR') return [unusable('no-answer')];
    const metadata = objectIn(unwrapped(observation['metadata'])) ?? {};
    const parameters = objectIn(unwrapped(member(observation, 'modelParameters', 'model_parameters'))) ?? {};
    const tools = toolsIn(member({ ...metadata, ...parameters, ...asked }, 'tools', 'functions'));
    const model = textIn(member(observation, 'model', 'providedModelName', 'provided_model_name'));
    const start = member(observation, 'startTime', 'start_time');
    const trace = textIn(member(observation, 'traceId', 'trace_id'));
    return [
      {
        ...given('id', textIn(observation['id'])),
        request: { messages, ...given('model', model), ...given('tools', tools), ...choiceIn(asked ?? parameters) },
        answer: { ...answerOf(output), model, usage: usageOf(observation) },
        ...given('agent', textIn(member({ ...observation, ...metadata }, 'agent_id', 'agent'))),
        ...given('session', textIn(member({ ...metadata, ...observation }, 'sessionId', 'session_id')) ?? trace),
        ...given('at', momentIn(start)),
        ...given('latencyMs', millisecondsBetween(start, member(observation, 'endTime', 'end_time'))),
        ...given('outcome', outcomeIn(observation)),
      },
    ];
  },
};

function usageOf(observation: Record<string, unknown>) {
  const usage = objectIn(unwrapped(member(observation, 'usageDetails', 'usage_details', 'usage'))) ?? observation;
  return usageIn(member(usage, 'input', 'promptTokens'), member(usage, 'output', 'completionTokens'));
}

/** The assistant's message: itself, the first of a completion's choices, or the only one of a list. */
function answerIn(value: unknown): unknown {
  const output = unwrapped(value);
  if (typeof output === 'string') return { role: 'assistant', content: output };
  const only = listIn(output)?.at(-1) ?? output;
  const object = objectIn(only);
  if (!object) return undefined;
  const choice = objectIn(listIn(object['choices'])?.[0]);
  const message = objectIn(choice?.['message']) ?? objectIn(object['message']) ?? object;
  return messageIn({ role: 'assistant', ...message }) === undefined ? undefined : { role: 'assistant', ...message };
}

const choiceIn = (asked: Record<string, unknown>) =>
  asked['tool_choice'] === undefined || asked['tool_choice'] === null
    ? {}
    : { tool_choice: asked['tool_choice'] as string };
