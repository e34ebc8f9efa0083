import { chat, emptyAnswer, responses } from '@retort/conversation';
import { unusable, type Exchange, type Format, type Unusable } from '../exchange.ts';
import { callsIn, messageIn, messagesIn, toolsIn } from '../messages.ts';
import { given, listIn, member, momentIn, numberIn, objectIn, textIn, unwrapped } from '../shapes.ts';
import { outcomeIn } from '../outcome.ts';

type Fields = Record<string, unknown>;

/** What an agent, or a proxy, wrote down of each request and its answer: `{ "request": …, "response": … }`, the bodies of
 *  `/v1/chat/completions` or `/v1/responses`. OpenAI's batch files name them `body` and `response.body`. */
export const openaiChatJsonl: Format = {
  name: 'openai-chat-jsonl',
  description:
    'a request and its response a line: { "request": { "messages", "tools", … }, "response": { "choices", … } }',
  read(record) {
    const line = objectIn(record);
    const request = objectIn(unwrapped(line && member(line, 'request', 'body', 'input', 'prompt')));
    const told = objectIn(unwrapped(line && member(line, 'response', 'output', 'completion')));
    if (!line || !request) return [unusable('not-this-format')];
    const response = told && (objectIn(told['body']) ?? told);
    if (!response) return [unusable('no-answer')];
    return [exchangeOf(line, request, response)];
  },
};

function exchangeOf(line: Fields, request: Fields, response: Fields): Exchange | Unusable {
  const answer = emptyAnswer();
  const about = { user: request['user'], ...line, ...metadataOf(line), ...metadataOf(request) };
  const told = {
    ...given('id', textIn(member(line, 'id', 'custom_id', 'request_id')) ?? textIn(response['id'])),
    ...given('agent', textIn(member(about, 'agent_id', 'agent'))),
    ...given(
      'session',
      textIn(member(about, 'session_id', 'session', 'conversation_id', 'thread_id', 'group', 'user')),
    ),
    ...given('at', momentIn(member(line, 'timestamp', 'created_at') ?? member(response, 'created', 'created_at'))),
    ...given('latencyMs', numberIn(member(line, 'latency_ms', 'duration_ms'))),
    ...given('outcome', outcomeIn(line)),
  };
  if (request['messages'] === undefined && request['input'] !== undefined) {
    const asked = responses.requestOf(request);
    responses.addPart(answer, response);
    return { ...told, request: asked, answer };
  }
  const messages = messagesIn(request['messages']);
  if (!messages) return unusable('no-messages');
  const tools = toolsIn(request['tools']);
  const asked = chat.requestOf({ ...request, messages, ...given('tools', tools) });
  chat.addPart(answer, response);
  return { ...told, request: asked, answer };
}

const metadataOf = (fields: Fields): Fields => objectIn(unwrapped(fields['metadata'])) ?? {};

/** What OpenAI keeps of requests with `store: true`: the completion with its tools and metadata, and its messages, which
 *  the API gives separately, as `messages`. */
export const openaiStoredCompletions: Format = {
  name: 'openai-stored-completions',
  description: 'stored chat completions, each with its messages (GET /v1/chat/completions/{id}/messages) as "messages"',
  read(record) {
    const completion = objectIn(record);
    if (!completion) return [unusable('not-this-format')];
    const page = listIn(completion['data']);
    if (completion['object'] === 'list' && page) return page.flatMap((item) => this.read(item));
    if (!listIn(completion['choices'])) return [unusable('not-this-format')];
    const stored = member(completion, 'messages', 'input_messages', 'input');
    const messages = messagesIn(objectIn(stored)?.['data'] ?? stored);
    if (!messages) return [unusable('no-messages')];
    const { model, tools, tool_choice } = completion;
    const request = { ...given('model', textIn(model)), messages, ...given('tools', toolsIn(tools)) };
    return [
      exchangeOf(
        completion,
        { ...request, ...(tool_choice ? { tool_choice } : {}), metadata: completion['metadata'] },
        completion,
      ),
    ];
  },
};

/** Training files for OpenAI's fine-tuning: every answer of the assistant in a dialogue, unless its weight is 0, is what a
 *  teacher should have said there. */
export const openaiFinetuningJsonl: Format = {
  name: 'openai-finetuning-jsonl',
  description: 'dialogues to fine-tune on: { "messages": […], "tools": […] } a line',
  read(record) {
    const line = objectIn(record);
    const list = listIn(line?.['messages']);
    if (!line || !list) return [unusable('not-this-format')];
    const messages = messagesIn(list);
    if (!messages) return [unusable('no-messages')];
    const tools = toolsIn(line['tools']) ?? toolsIn(listIn(line['functions'])?.map((tool) => ({ function: tool })));
    const answers = messages.flatMap(({ role }, index) =>
      role === 'assistant' && weightOf(list[index]) > 0 ? [index] : [],
    );
    if (answers.length === 0) return [unusable('no-answer')];
    return answers.map((index) => ({
      request: { messages: messages.slice(0, index), ...given('tools', tools) },
      answer: answerOf(list[index]),
      ...given('session', textIn(member(line, 'session_id', 'conversation_id', 'id'))),
      ...given('agent', textIn(member(line, 'agent_id', 'agent'))),
    }));
  },
};

const weightOf = (message: unknown) => Number(objectIn(message)?.['weight'] ?? 1);

/** An assistant's message as a whole answer. */
export function answerOf(value: unknown): Exchange['answer'] {
  const answer = emptyAnswer();
  const message = messageIn(value);
  if (message)
    chat.addPart(answer, {
      choices: [{ message: { ...message, tool_calls: callsIn(message.tool_calls) }, finish_reason: 'stop' }],
    });
  return answer;
}
