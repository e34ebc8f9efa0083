import type { ServerResponse } from 'node:http';
import { decisionInput, type DecisionInput } from '@retort/contracts';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecorder, recordOpenAI, type Recorder } from '../src/index.ts';
import { json, startModel, startSink, type Model, type Sink } from './sink.ts';

const parameters = { type: 'object', properties: { account: { type: 'string' } } };
const asked = {
  model: 'teacher',
  instructions: 'Decide which tool to call. {"customer":{"segment":"private"}}',
  input: 'What is on my account?',
  tools: [
    { type: 'function' as const, name: 'get_balance', description: 'What is left', parameters, strict: false },
    { type: 'custom' as const, name: 'note' },
    { type: 'web_search' as const },
  ],
};
const offered = [{ name: 'get_balance', description: 'What is left', parameters }, { name: 'note' }];
const context = {
  instructions: 'Decide which tool to call. {"customer":{"segment":"private"}}',
  customer: { segment: 'private' },
  query: 'What is on my account?',
};

const response = (output: object[], more: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'teacher-2026-01-01',
  status: 'completed',
  output,
  ...more,
});
const said = (text: string) => ({
  type: 'message',
  id: 'm',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
});
const call = (name: string, text: string) => ({
  type: 'function_call',
  id: 'fc',
  call_id: 'c1',
  status: 'completed',
  name,
  arguments: text,
});
const balance = response([said('They ask.'), call('get_balance', '{"account":"AT61"}')]);

let sink: Sink;
let model: Model;
let recorder: Recorder;
let errors: unknown[];
beforeEach(async () => {
  [sink, model] = await Promise.all([startSink(), startModel((answer) => json(answer, 200, balance))]);
  recorder = createRecorder({ url: sink.url, apiKey: 'rt_test_key', flushIntervalMs: 60_000 });
  errors = [];
});
afterEach(async () => {
  await recorder.shutdown(0);
  await Promise.all([sink.stop(), model.stop()]);
});

const plain = () => new OpenAI({ apiKey: 'test', baseURL: model.url, maxRetries: 0 });
const recording = () =>
  recordOpenAI(plain(), { recorder, agentId: 'account-agent', onError: (error) => errors.push(error) });
async function recorded(): Promise<DecisionInput[]> {
  await recorder.flush();
  for (const decision of sink.received()) expect(decisionInput.safeParse(decision).error).toBeUndefined();
  return sink.received();
}
const chosen = async () => (await recorded()).map((decision) => [decision.tool_selected, decision.tool_parameters]);

function stream(answer: ServerResponse, events: object[]): void {
  answer.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [sequence_number, event] of events.entries())
    answer.write(`data: ${JSON.stringify({ sequence_number, ...event })}\n\n`);
  answer.end();
}
const streamed = [
  { type: 'response.created', response: response([], { status: 'in_progress' }) },
  { type: 'response.output_item.added', output_index: 0, item: { ...call('get_balance', ''), status: 'in_progress' } },
  { type: 'response.function_call_arguments.delta', output_index: 0, item_id: 'fc', delta: '{"account":"AT61"}' },
  { type: 'response.output_item.done', output_index: 0, item: call('get_balance', '{"account":"AT61"}') },
  { type: 'response.completed', response: response([call('get_balance', '{"account":"AT61"}')]) },
];

describe('a recorded client asked for a response', () => {
  it('records a tool call with all it was made from, and answers as the client does', async () => {
    const answer = await recording().responses.create(asked);
    expect(answer).toEqual(await plain().responses.create(asked));
    expect(await recorded()).toMatchObject([
      {
        agent_id: 'account-agent',
        context,
        tools_available: offered,
        tool_selected: 'get_balance',
        tool_parameters: { account: 'AT61' },
        reasoning: 'They ask.',
        teacher_model: 'teacher-2026-01-01',
      },
    ]);
  });

  it('records several calls as one decision, that of free text too, and an answer in words', async () => {
    const note = { type: 'custom_tool_call', id: 'n', call_id: 'c2', name: 'note', input: 'call back' };
    model.answer = (answer) => json(answer, 200, response([call('get_balance', ''), note]));
    await recording().responses.create(asked);
    model.answer = (answer) => json(answer, 200, response([said('Good morning.')]));
    await recording().responses.create(asked);
    expect((await recorded()).map(({ tool_calls }) => tool_calls)).toEqual([
      [
        { id: 'c1', tool: 'get_balance', parameters: {} },
        { id: 'c2', tool: 'note', parameters: { input: 'call back' } },
      ],
      [],
    ]);
  });

  it('knows the dialogue before, and the calls and results since', async () => {
    await recording().responses.create({
      ...asked,
      input: [
        { role: 'user', content: 'Good morning' },
        { role: 'assistant', content: 'How can I help?' },
        { role: 'user', content: [{ type: 'input_text', text: 'What is on my account?' }] },
        { type: 'function_call', call_id: 'c0', name: 'get_balance', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c0', output: 'which account?' },
      ],
    });
    expect((await recorded())[0]!.context).toEqual({
      ...context,
      history: [
        { role: 'user', content: 'Good morning' },
        { role: 'assistant', content: 'How can I help?' },
      ],
      steps: [
        { role: 'assistant', content: '', tool_calls: [{ name: 'get_balance', arguments: '{}' }] },
        { role: 'tool', content: 'which account?' },
      ],
    });
  });

  it('hands a stream on as it is, and records it when it has ended, through stream and parse as well', async () => {
    model.answer = (answer) => stream(answer, streamed);
    const types: string[] = [];
    for await (const event of await recording().responses.create({ ...asked, stream: true })) types.push(event.type);
    expect(types).toEqual(streamed.map(({ type }) => type));
    await recording().responses.stream(asked).finalResponse();
    for await (const _event of await recording().responses.create({ ...asked, stream: true })) break;
    model.answer = (answer) => json(answer, 200, balance);
    await recording().responses.parse(asked);
    expect(await chosen()).toEqual(Array.from({ length: 3 }, () => ['get_balance', { account: 'AT61' }]));
  });

  it('offers what the request let the model choose from, and records nothing where there was no choice', async () => {
    await recording().responses.create({ ...asked, tool_choice: { type: 'function', name: 'get_balance' } });
    await recording().responses.create({ ...asked, tool_choice: 'none' });
    await recording().responses.create({ ...asked, tool_choice: { type: 'web_search_preview' } });
    await recording().responses.create({ model: 'teacher', input: 'hello' });
    expect((await recorded()).map((decision) => decision.tools_available?.map(({ name }) => name))).toEqual([
      ['get_balance'],
    ]);
  });

  it('records no answer that was cut off, nor one to a dialogue that it does not know, and says so', async () => {
    const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    model.answer = (answer) => json(answer, 200, response([said('and so')], cut));
    await recording().responses.create(asked);
    model.answer = (answer) => json(answer, 200, balance);
    await recording().responses.create({ ...asked, previous_response_id: 'resp_0' });
    await recording().responses.create({ model: 'teacher', input: 'hello', previous_response_id: 'resp_0' });
    expect(await recorded()).toEqual([]);
    expect(errors).toMatchObject([{ code: 'capture.incomplete-answer' }, { code: 'capture.context-elsewhere' }]);
  });

  it('hands on the errors of the client, and the end of a request that was aborted', async () => {
    model.answer = (answer) => json(answer, 400, { error: { message: 'bad request' } });
    await expect(recording().responses.create(asked)).rejects.toThrow(OpenAI.BadRequestError);
    await expect(recording().responses.create(asked, { signal: AbortSignal.abort() })).rejects.toThrow(
      OpenAI.APIUserAbortError,
    );
    expect(await recorded()).toEqual([]);
  });
});
