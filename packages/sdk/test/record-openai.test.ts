import type { ServerResponse } from 'node:http';
import { decisionInput, type DecisionInput } from '@retort/contracts';
import OpenAI from 'openai';
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRecorder, recordOpenAI, type Recorder, type RecordOpenAIOptions } from '../src/index.ts';
import { json, startModel, startSink, type Model, type Sink } from './sink.ts';

const tools = [
  {
    type: 'function' as const,
    function: { name: 'get_balance', description: 'What is left', parameters: { type: 'object', properties: {} } },
  },
  { type: 'function' as const, function: { name: 'transfer' } },
];
const asked = {
  model: 'teacher',
  tools,
  messages: [
    { role: 'system', content: 'Decide which tool to call.\nContext: {"customer":{"segment":"private"}}' },
    { role: 'user', content: 'Good morning' },
    { role: 'assistant', content: 'How can I help?' },
    { role: 'user', content: [{ type: 'text', text: 'What is on my account?' }] },
  ],
} satisfies ChatCompletionCreateParamsNonStreaming;
const context = {
  instructions: 'Decide which tool to call.',
  customer: { segment: 'private' },
  query: 'What is on my account?',
  history: [
    { role: 'user', content: 'Good morning' },
    { role: 'assistant', content: 'How can I help?' },
  ],
};
const toolsAvailable = [
  { name: 'get_balance', description: 'What is left', parameters: { type: 'object', properties: {} } },
  { name: 'transfer' },
];

const call = (name: string, text: string, index = 0) => ({
  index,
  id: `call_${index}`,
  type: 'function' as const,
  function: { name, arguments: text },
});
const completion = (message: Partial<ChatCompletion.Choice['message']>, finishReason = 'tool_calls') => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'teacher-2026-01-01',
  choices: [{ index: 0, finish_reason: finishReason, message: { role: 'assistant', content: null, ...message } }],
});
const balanceCall = completion({ content: 'They ask.', tool_calls: [call('get_balance', '{"account":"AT61"}')] });

function stream(response: ServerResponse, deltas: object[], finishReason: string | null): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const chunk = (delta: object, finish: string | null) =>
    response.write(
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'teacher-2026-01-01', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
    );
  for (const delta of deltas) chunk(delta, null);
  if (finishReason !== null) chunk({}, finishReason);
  response.end('data: [DONE]\n\n');
}
const streamedCalls = [
  { role: 'assistant', content: 'They ' },
  { content: 'ask.' },
  { tool_calls: [call('get_balance', '')] },
  { tool_calls: [{ index: 0, function: { arguments: '{"account":' } }] },
  { tool_calls: [{ index: 0, function: { arguments: '"AT61"}' } }, call('transfer', '{}', 1)] },
];

let sink: Sink;
let model: Model;
let recorder: Recorder;
let errors: unknown[];
beforeEach(async () => {
  [sink, model] = await Promise.all([startSink(), startModel((response) => json(response, 200, balanceCall))]);
  recorder = createRecorder({ url: sink.url, apiKey: 'k', flushIntervalMs: 60_000 });
  errors = [];
});
afterEach(async () => {
  await recorder.shutdown(0);
  await Promise.all([sink.stop(), model.stop()]);
});

const plain = () => new OpenAI({ baseURL: `${model.url}/v1`, apiKey: 'k', maxRetries: 0 });
const recording = (options: Partial<RecordOpenAIOptions> = {}) =>
  recordOpenAI(plain(), { recorder, agentId: 'account-agent', onError: (error) => errors.push(error), ...options });
async function recorded(): Promise<DecisionInput[]> {
  await recorder.flush();
  const decisions = sink.received();
  for (const decision of decisions) expect(decisionInput.safeParse(decision).error).toBeUndefined();
  return decisions;
}

describe('a recorded OpenAI client', () => {
  it('records a tool call with all it was made from, and answers as the client does', async () => {
    const answer = await recording().chat.completions.create(asked);
    expect(answer).toEqual(await plain().chat.completions.create(asked));
    const decisions = await recorded();
    expect(decisions).toEqual([
      {
        id: expect.any(String) as string,
        timestamp: expect.any(String) as string,
        agent_id: 'account-agent',
        context,
        tools_available: toolsAvailable,
        tool_selected: 'get_balance',
        tool_parameters: { account: 'AT61' },
        tool_calls: [{ id: 'call_0', tool: 'get_balance', parameters: { account: 'AT61' } }],
        answer: 'call',
        reasoning: 'They ask.',
        teacher_model: 'teacher-2026-01-01',
        decided_by: { kind: 'teacher' },
        exchange: { latency_ms: expect.any(Number) as number, response_id: 'chatcmpl-1' },
      },
    ]);
  });

  it('records an answer without a tool as words', async () => {
    model.answer = (response) => json(response, 200, completion({ content: 'Hello' }, 'stop'));
    await recording().chat.completions.create(asked);
    expect(await recorded()).toMatchObject([
      { answer: 'words', tool_selected: null, tool_calls: [], reasoning: 'Hello' },
    ]);
  });

  it('records several calls of one answer as one decision', async () => {
    const calls = [call('get_balance', ''), call('transfer', '{"amount":1}', 1)];
    model.answer = (response) => json(response, 200, completion({ tool_calls: calls }));
    await recording().chat.completions.create(asked);
    const [first, second] = [
      { id: 'call_0', tool: 'get_balance', parameters: {} },
      { id: 'call_1', tool: 'transfer', parameters: { amount: 1 } },
    ];
    expect(await recorded()).toMatchObject([
      { answer: 'calls', tool_selected: 'get_balance', tool_parameters: {}, tool_calls: [first, second] },
    ]);
  });

  it('hands a stream on as it is, and records it when it has ended', async () => {
    model.answer = (response) => stream(response, streamedCalls, 'tool_calls');
    const expected = [];
    for await (const chunk of await plain().chat.completions.create({ ...asked, stream: true })) expected.push(chunk);
    const chunks = [];
    const answer = await recording().chat.completions.create({ ...asked, stream: true });
    for await (const chunk of answer) {
      chunks.push(chunk);
      expect(recorder.stats().queued).toBe(0);
    }
    expect(answer.constructor.name).toBe('Stream');
    expect(chunks).toEqual(expected);
    expect(await recorded()).toMatchObject([
      {
        context,
        reasoning: 'They ask.',
        tool_calls: [
          { tool: 'get_balance', parameters: { account: 'AT61' } },
          { tool: 'transfer', parameters: {} },
        ],
      },
    ]);
  });

  it('records a stream that was split once', async () => {
    model.answer = (response) => stream(response, streamedCalls, 'tool_calls');
    const [left, right] = (await recording().chat.completions.create({ ...asked, stream: true })).tee();
    for (const side of [left, right]) for await (const chunk of side) expect(chunk.id).toBe('c');
    expect(await recorded()).toHaveLength(1);
  });

  it('records no stream that was left or broken off before its end', async () => {
    model.answer = (response) => stream(response, streamedCalls, 'tool_calls');
    for await (const chunk of await recording().chat.completions.create({ ...asked, stream: true })) {
      expect(chunk.id).toBe('c');
      break;
    }
    model.answer = (response) => stream(response, streamedCalls, null);
    for await (const chunk of await recording().chat.completions.create({ ...asked, stream: true }))
      expect(chunk.id).toBe('c');
    expect(await recorded()).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('records through parse, stream and withResponse, once each, and leaves asResponse its body', async () => {
    const strict = { type: 'function' as const, function: { ...tools[0]!.function, strict: true } };
    const { completions } = recording().chat;
    const { response, data } = await completions.create(asked).withResponse();
    expect([response.status, data.choices[0]!.finish_reason]).toEqual([200, 'tool_calls']);
    const parsed = await completions.parse({ ...asked, tools: [strict] });
    expect(parsed.choices[0]!.message.tool_calls).toHaveLength(1);
    const raw = await completions.create(asked).asResponse();
    expect(await raw.json()).toEqual(balanceCall);
    model.answer = (reply) => stream(reply, streamedCalls, 'tool_calls');
    const final = await completions.stream({ model: 'teacher', messages: asked.messages, tools }).finalChatCompletion();
    expect(final.choices[0]!.message.tool_calls).toHaveLength(2);
    expect(await recorded()).toHaveLength(3);
  });

  it('records each step of runTools, with the calls and results before it', async () => {
    const answers = [balanceCall, completion({ content: 'There are 12 EUR.' }, 'stop')];
    model.answer = (response) => json(response, 200, answers.shift());
    const runner = recording().chat.completions.runTools({
      model: 'teacher',
      messages: asked.messages,
      tools: [
        {
          type: 'function',
          function: { name: 'get_balance', description: 'What is left', parameters: {}, function: () => '12 EUR' },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('There are 12 EUR.');
    const [first, second] = await recorded();
    expect(first).toMatchObject({ context, tool_selected: 'get_balance' });
    expect(second).toMatchObject({
      tool_selected: null,
      context: {
        ...context,
        steps: [
          { role: 'assistant', tool_calls: [{ name: 'get_balance', arguments: '{"account":"AT61"}' }] },
          { role: 'tool', content: '12 EUR' },
        ],
      },
    });
  });

  it('offers what the request let the model choose from, and records nothing where there was no choice', async () => {
    const { completions } = recording().chat;
    await completions.create({ ...asked, tool_choice: { type: 'function', function: { name: 'get_balance' } } });
    await completions.create({ ...asked, tool_choice: 'none' });
    await completions.create({ model: 'teacher', messages: asked.messages });
    const allowed = { mode: 'auto' as const, tools: [{ type: 'function', function: { name: 'transfer' } }] };
    await completions.create({ ...asked, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } });
    const offered = (await recorded()).map(({ tools_available }) => tools_available?.map(({ name }) => name));
    expect(offered).toEqual([['get_balance'], ['transfer']]);
  });

  it('records what an agent asks in the older form, with functions, streamed or not', async () => {
    const { tools: current, ...rest } = asked;
    const legacy = {
      ...rest,
      functions: current.map((tool) => tool.function),
      messages: [
        ...asked.messages,
        { role: 'assistant' as const, content: null, function_call: { name: 'transfer', arguments: '{}' } },
        { role: 'function' as const, name: 'transfer', content: 'done' },
      ],
    };
    const called = { name: 'get_balance', arguments: '{"account":"AT61"}' };
    model.answer = (response) => json(response, 200, completion({ function_call: called }, 'function_call'));
    await recording().chat.completions.create(legacy);
    await recording().chat.completions.create({ ...legacy, function_call: { name: 'transfer' } });
    await recording().chat.completions.create({ ...legacy, function_call: 'none' });
    const deltas = [{ function_call: { name: 'get_balance' } }, { function_call: { arguments: '{"account":"AT61"}' } }];
    model.answer = (response) => stream(response, deltas, 'function_call');
    for await (const _chunk of await recording().chat.completions.create({ ...legacy, stream: true }));
    const decisions = await recorded();
    expect(decisions.map((one) => [one.tool_selected, one.tool_parameters, one.tools_available?.length])).toEqual([
      ['get_balance', { account: 'AT61' }, 2],
      ['get_balance', { account: 'AT61' }, 1],
      ['get_balance', { account: 'AT61' }, 2],
    ]);
    expect(decisions[0]!.context['steps']).toEqual([
      { role: 'assistant', content: '', tool_calls: [{ name: 'transfer', arguments: '{}' }] },
      { role: 'function', content: 'done' },
    ]);
  });

  it('records through a client with other options that was made of it', async () => {
    await recording().withOptions({ maxRetries: 1 }).chat.completions.create(asked);
    expect(await recorded()).toHaveLength(1);
  });

  it('adds the facts that the agent gives to those in its messages, and takes its group', async () => {
    const { completions } = recording({
      context: ({ model: name }) => ({ channel: name ?? null }),
      group: 'session-1',
    }).chat;
    await completions.create(asked);
    expect(await recorded()).toMatchObject([{ context: { ...context, channel: 'teacher' }, group: 'session-1' }]);
  });

  it('records a call whose arguments are no JSON with its arguments unknown', async () => {
    model.answer = (response) => json(response, 200, completion({ tool_calls: [call('get_balance', '{"acc')] }));
    await recording().chat.completions.create(asked);
    expect(await recorded()).toMatchObject([{ tool_selected: 'get_balance', tool_parameters: null }]);
    expect(errors).toEqual([]);
  });

  it('keeps its own errors from the caller, and hands on those of the client', async () => {
    const broken: Recorder = {
      ...recorder,
      record: () => {
        throw new Error('broken');
      },
    };
    const answer = await recording({ recorder: broken }).chat.completions.create(asked);
    expect(answer.id).toBe('chatcmpl-1');
    const facts = () => {
      throw new Error('no facts');
    };
    expect((await recording({ context: facts }).chat.completions.create(asked)).id).toBe('chatcmpl-1');
    model.answer = (response) => json(response, 200, completion({ content: 'and so' }, 'length'));
    await recording().chat.completions.create(asked);
    expect(errors.map((error) => (error as Error).message)).toEqual([
      'broken',
      'no facts',
      'The answer was cut off by a limit or a filter: what it would have called is not known.',
    ]);
    model.answer = (response) => json(response, 400, { error: { message: 'bad request' } });
    await expect(recording().chat.completions.create(asked)).rejects.toThrow(OpenAI.BadRequestError);
    expect(await recorded()).toEqual([]);
  });

  it('leaves the client it was given as it was, and everything else about it usable', async () => {
    const client = plain();
    const watched = recordOpenAI(client, { recorder, agentId: 'account-agent' });
    await client.chat.completions.create(asked);
    expect(await recorded()).toEqual([]);
    expect(watched).toBeInstanceOf(OpenAI);
    expect(watched.baseURL).toBe(client.baseURL);
    expect(await watched.post('/chat/completions', { body: asked })).toEqual(balanceCall);
    expect(await recorded()).toEqual([]);
  });
});
