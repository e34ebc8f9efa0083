import { unusable, type Format } from '../exchange.ts';
import { messagesIn, toolsIn } from '../messages.ts';
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

/** LangSmith's runs (`Client.listRuns`, bulk exports): those of type `llm` are calls of a model. */
export const langsmith: Format = {
  name: 'langsmith',
  description: 'runs of LangSmith: its client’s list, or a bulk export as JSON lines',
  read(record) {
    const run = objectIn(record);
    if (!run) return [unusable('not-this-format')];
    const page = listIn(run['runs']) ?? listIn(run['data']);
    if (page) return page.flatMap((item) => this.read(item));
    const type = textIn(run['run_type']);
    if (type === undefined) return [unusable('not-this-format')];
    if (type !== 'llm') return [unusable('not-a-model-call')];
    const inputs = objectIn(unwrapped(run['inputs'])) ?? {};
    const messages = messagesIn(member(inputs, 'messages', 'input', 'prompts'));
    if (!messages) return [unusable('no-messages')];
    const answer = answerIn(objectIn(unwrapped(run['outputs'])));
    if (!answer || textIn(run['error']) !== undefined) return [unusable('no-answer')];
    const extra = objectIn(unwrapped(run['extra'])) ?? {};
    const asked = { ...objectIn(extra['options']), ...objectIn(extra['invocation_params']), ...inputs };
    const metadata = objectIn(extra['metadata']) ?? {};
    const model = textIn(member(asked, 'model', 'model_name')) ?? textIn(metadata['ls_model_name']);
    const choice = asked['tool_choice'];
    return [
      {
        ...given('id', textIn(run['id'])),
        request: {
          messages,
          ...given('model', model),
          ...given('tools', toolsIn(member(asked, 'tools', 'functions'))),
          ...(choice === undefined || choice === null ? {} : { tool_choice: choice as string }),
        },
        answer: { ...answerOf(answer), model, usage: usageIn(run['prompt_tokens'], run['completion_tokens']) },
        ...given('agent', textIn(member(metadata, 'agent_id', 'agent', 'langgraph_node'))),
        ...given(
          'session',
          textIn(member(metadata, 'session_id', 'thread_id', 'conversation_id')) ?? textIn(run['trace_id']),
        ),
        ...given('at', momentIn(run['start_time'])),
        ...given('latencyMs', millisecondsBetween(run['start_time'], run['end_time'])),
        ...given('outcome', outcomeIn(run)),
      },
    ];
  },
};

/** The assistant's message among the outputs: LangChain's generations, a wrapped OpenAI client's choices, or a message. */
function answerIn(outputs: Record<string, unknown> | undefined): unknown {
  if (!outputs) return undefined;
  const generation = listIn(outputs['generations'])?.[0];
  const first = objectIn(listIn(generation)?.[0] ?? generation);
  const choice = objectIn(listIn(outputs['choices'])?.[0]);
  const message =
    first?.['message'] ?? choice?.['message'] ?? listIn(outputs['messages'])?.at(-1) ?? outputs['message'];
  if (message !== undefined) return message;
  const text = textIn(first?.['text']) ?? textIn(outputs['output']);
  if (text !== undefined) return { role: 'assistant', content: text };
  return outputs['role'] === undefined && outputs['kwargs'] === undefined ? undefined : outputs;
}
