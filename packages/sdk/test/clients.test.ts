import { createOpenAI } from '@ai-sdk/openai';
import { decisionInput, type DecisionInput } from '@retort/contracts';
import { HumanMessage, SystemMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { Agent, OpenAIProvider, Runner, tool as agentTool } from '@openai/agents';
import { generateText, jsonSchema, streamText, wrapLanguageModel } from 'ai';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { until } from '@retort/testing';
import { recordingMiddleware } from '../src/adapters/ai-sdk.ts';
import { recordingCallbacks } from '../src/adapters/langchain.ts';
import { recordToolCalls } from '../src/adapters/mcp.ts';
import { recordModel } from '../src/adapters/openai-agents.ts';
import {
  createRecorder,
  openCalls,
  recordingFetch,
  recordOpenAI,
  type CaptureOptions,
  type Recorder,
} from '../src/index.ts';
import { json, startModel, startSink, type Model, type Sink } from './sink.ts';

const parameters = {
  type: 'object' as const,
  properties: { account: { type: 'string' as const } },
  required: ['account'],
  additionalProperties: false as const,
};
const completion = {
  id: 'chatcmpl-7',
  object: 'chat.completion',
  created: 1,
  model: 'teacher-2026-01-01',
  choices: [
    {
      index: 0,
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'get_balance', arguments: '{"account":"AT61"}' } },
        ],
      },
    },
  ],
  usage: { prompt_tokens: 50, completion_tokens: 7, total_tokens: 57, prompt_tokens_details: { cached_tokens: 20 } },
};
const words = {
  ...completion,
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'It is 12.' } }],
};
const chunk = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ ...completion, object: 'chat.completion.chunk', usage: null, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

let sink: Sink;
let model: Model;
let recorder: Recorder;
let errors: unknown[];
beforeEach(async () => {
  [sink, model] = await Promise.all([startSink(), startModel((response) => json(response, 200, completion))]);
  recorder = createRecorder({ url: sink.url, apiKey: 'k', flushIntervalMs: 60_000 });
  errors = [];
});
afterEach(async () => {
  await recorder.shutdown(0);
  await Promise.all([sink.stop(), model.stop()]);
});

const options = (): CaptureOptions => ({ recorder, agentId: 'desk', onError: (error) => errors.push(error) });
async function recorded(): Promise<DecisionInput[]> {
  await recorder.flush();
  expect(errors).toEqual([]);
  for (const decision of sink.received()) expect(decisionInput.safeParse(decision).error).toBeUndefined();
  return sink.received();
}
function streams(): void {
  model.answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'get_balance', arguments: '' } };
    response.write(chunk({ role: 'assistant', tool_calls: [call] }));
    response.write(chunk({ tool_calls: [{ index: 0, function: { arguments: '{"account":' } }] }));
    response.write(chunk({ tool_calls: [{ index: 0, function: { arguments: '"AT61"}' } }] }, 'tool_calls'));
    response.write(`data: ${JSON.stringify({ ...completion, object: 'chat.completion.chunk', choices: [] })}\n\n`);
    response.end('data: [DONE]\n\n');
  };
}

async function readToItsEnd(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** What every client's decision says, whichever way it was recorded. */
const expected = {
  agent_id: 'desk',
  context: { instructions: 'You help.', query: 'What is on my account?' },
  tools_available: [{ name: 'get_balance', description: 'What is left', parameters }],
  tool_calls: [{ id: 'call_1', tool: 'get_balance', parameters: { account: 'AT61' } }],
  decided_by: { kind: 'teacher' },
  teacher_model: 'teacher-2026-01-01',
  exchange: {
    latency_ms: expect.any(Number) as number,
    response_id: 'chatcmpl-7',
    prompt_tokens: 50,
    completion_tokens: 7,
    cached_tokens: 20,
  },
};
const dialogue = [
  { role: 'system' as const, content: 'You help.' },
  { role: 'user' as const, content: 'What is on my account?' },
];
const definition = { name: 'get_balance', description: 'What is left', parameters };
const chatTools = [{ type: 'function' as const, function: definition }];
const aiTools = { get_balance: { description: 'What is left', inputSchema: jsonSchema<object>(parameters) } };
const langChainDialogue = [new SystemMessage('You help.'), new HumanMessage('What is on my account?')];

describe.each(['whole', 'streamed'])('a recording fetch, with answers %s,', (form) => {
  const isStreamed = form === 'streamed';
  const recording = () => recordingFetch(fetch, options());
  beforeEach(() => {
    if (isStreamed) streams();
  });

  it('records what the OpenAI client decides', async () => {
    const client = new OpenAI({ baseURL: model.url, apiKey: 'k', maxRetries: 0, fetch: recording() });
    const asked = { model: 'teacher', messages: dialogue, tools: chatTools, user: 'session-1' };
    if (isStreamed) await client.chat.completions.stream(asked).finalChatCompletion();
    else await client.chat.completions.create(asked);
    expect(await recorded()).toMatchObject([{ ...expected, group: 'session-1' }]);
  });

  it('records what the AI SDK decides', async () => {
    const provider = createOpenAI({ baseURL: model.url, apiKey: 'k', fetch: recording() });
    const asked = {
      model: provider.chat('teacher'),
      system: 'You help.',
      prompt: dialogue[1]!.content,
      tools: aiTools,
    };
    if (isStreamed) await streamText(asked).consumeStream();
    else await generateText(asked);
    expect(await recorded()).toMatchObject([expected]);
  });

  it('records what LangChain decides', async () => {
    const configuration = { baseURL: model.url, fetch: recording() };
    const chat = new ChatOpenAI({ model: 'teacher', apiKey: 'k', maxRetries: 0, configuration }).bindTools(chatTools);
    if (isStreamed) await readToItsEnd(await chat.stream(langChainDialogue));
    else await chat.invoke(langChainDialogue);
    expect(await recorded()).toMatchObject([expected]);
  });

  it('records nothing that a student answered, nor what the gateway records', async () => {
    const served: object[] = [{ 'x-retort-served-by': 'student' }, { 'x-retort-decision-id': 'd-1' }];
    const ids: string[] = [];
    const answering = (headers: object) =>
      recordingFetch(
        async (input, init) => {
          const response = await fetch(input, init);
          return new Response(response.body, { headers: { ...Object.fromEntries(response.headers), ...headers } });
        },
        { ...options(), onDecision: (id) => ids.push(id) },
      );
    for (const headers of served) {
      const client = new OpenAI({ baseURL: model.url, apiKey: 'k', fetch: answering(headers) });
      await client.chat.completions
        .stream({ model: 'teacher', messages: dialogue, tools: chatTools })
        .done()
        .catch(() => undefined);
    }
    expect(await recorded()).toEqual([]);
    if (isStreamed) expect(ids).toEqual(['d-1']);
  });
});

describe('an adapter of one client', () => {
  it('records what a model of the AI SDK decides, whole and streamed', async () => {
    const provider = createOpenAI({ baseURL: model.url, apiKey: 'k' });
    const recording = wrapLanguageModel({
      model: provider.chat('teacher'),
      middleware: recordingMiddleware(options()),
    });
    const asked = { model: recording, system: 'You help.', prompt: dialogue[1]!.content, tools: aiTools };
    await generateText(asked);
    streams();
    await streamText(asked).consumeStream();
    expect(await recorded()).toMatchObject([expected, expected]);
  });

  it('records what a chat model of LangChain decides, whole and streamed, with its session', async () => {
    const chat = new ChatOpenAI({ model: 'teacher', apiKey: 'k', configuration: { baseURL: model.url } });
    const called = { callbacks: [recordingCallbacks(options())], metadata: { session_id: 'session-1' } };
    await chat.bindTools(chatTools).invoke(langChainDialogue, called);
    streams();
    await readToItsEnd(await chat.bindTools(chatTools).stream(langChainDialogue, called));
    expect(await recorded()).toMatchObject([
      { ...expected, group: 'session-1' },
      { ...expected, group: 'session-1' },
    ]);
  });

  it('records nothing of a chat model of LangChain that is asked through the gateway, which does', async () => {
    const through = { ...options(), recorder: { ...recorder, url: `${model.url}/` } };
    const called = { callbacks: [recordingCallbacks(through)] };
    const given = new ChatOpenAI({ model: 'teacher', apiKey: 'k', configuration: { baseURL: `${model.url}/v1` } });
    await given.bindTools(chatTools).invoke(langChainDialogue, called);
    vi.stubEnv('OPENAI_BASE_URL', `${model.url}/v1`);
    await new ChatOpenAI({ model: 'teacher', apiKey: 'k' }).bindTools(chatTools).invoke(langChainDialogue, called);
    vi.unstubAllEnvs();
    expect(await recorded()).toEqual([]);
  });

  it('records what a model of the OpenAI Agents SDK decides, each turn of the agent', async () => {
    let asked = 0;
    model.answer = (response) => json(response, 200, asked++ === 0 ? completion : words);
    const provider = new OpenAIProvider({ baseURL: model.url, apiKey: 'k', useResponses: false });
    const agent = new Agent({
      name: 'desk',
      instructions: 'You help.',
      model: recordModel(await provider.getModel('teacher'), options()),
      tools: [agentTool({ ...definition, strict: true, parameters: parameters as never, execute: () => '12' })],
    });
    await new Runner({ tracingDisabled: true }).run(agent, 'What is on my account?');
    const { exchange: _, teacher_model: __, ...call } = expected;
    expect(await recorded()).toMatchObject([
      call,
      {
        answer: 'words',
        context: { ...expected.context, steps: [{ role: 'assistant' }, { role: 'tool', content: '12' }] },
      },
    ]);
  });
});

describe('an MCP client that is recorded', () => {
  async function connected(): Promise<Client> {
    const server = new McpServer({ name: 'bank', version: '1' });
    server.registerTool(
      'get_balance',
      { description: 'What is left', inputSchema: { account: z.string() } },
      ({ account }) =>
        account === 'AT61' ? { content: [{ type: 'text', text: '12' }] } : { isError: true, content: [] },
    );
    const client = new Client({ name: 'agent', version: '1' });
    const [here, there] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(there), client.connect(here)]);
    return client;
  }

  it('reports what became of the calls that a model decided', async () => {
    const outcomes: unknown[] = [];
    const calls = openCalls({ outcome: (id, outcome) => outcomes.push([id, outcome]) });
    const ids: string[] = [];
    const openai = recordOpenAI(new OpenAI({ baseURL: model.url, apiKey: 'k' }), {
      ...options(),
      onDecision(id, answer) {
        ids.push(id);
        calls.opened(id, answer);
      },
    });
    const client = recordToolCalls(await connected(), { recorder, calls });
    await openai.chat.completions.create({ model: 'teacher', messages: dialogue, tools: chatTools });
    const result = await client.callTool({ name: 'get_balance', arguments: { account: 'AT61' } });
    expect(result).toMatchObject({ content: [{ text: '12' }] });
    expect(outcomes).toEqual([[ids[0], { success: true, execution_time_ms: expect.any(Number) as number }]]);
  });

  it('records the calls that no adapter saw, with the tools that the server offers and what became of them', async () => {
    const client = recordToolCalls(await connected(), {
      recorder,
      agentId: 'desk',
      context: () => ({ query: 'What is on my account?' }),
    });
    await client.callTool({ name: 'get_balance', arguments: { account: 'XX' } });
    const [decision] = await untilRecorded(1);
    expect(decision).toMatchObject({
      agent_id: 'desk',
      tool_selected: 'get_balance',
      tool_parameters: { account: 'XX' },
      tools_available: [{ name: 'get_balance', description: 'What is left' }],
      outcome: { success: false },
    });
  });

  /** The tools are asked for after the call. */
  async function untilRecorded(count: number): Promise<DecisionInput[]> {
    await until('the call is recorded', () => recorder.stats().queued >= count);
    return recorded();
  }
});
