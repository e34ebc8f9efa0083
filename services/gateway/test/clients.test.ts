import { createOpenAI } from '@ai-sdk/openai';
import type { AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, Runner, tool as agentTool } from '@openai/agents';
import { generateText, jsonSchema, streamText, type ToolSet } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nobody, question, served, startGateway, tools, type Gateway } from './gateway.ts';
import { call, chunks, completion, events, json, startTeacher, type Teacher } from '@retort/testing/teacher';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** Each client asks its questions twice: of the teacher through the gateway, and of the student. */
const whoAnswers = ['the teacher', 'the student'] as const;

let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json(completion({})));
  gateway = await startGateway({ teacherBaseUrl: teacher.url });
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});
beforeEach(() => {
  teacher.asked.length = 0;
});

const apiKey = 'sk-the-agents-own-key';
const balance = { tool: 'get_balance', parameters: { customer: '7' } };
const deltas = [
  { role: 'assistant', content: null },
  { tool_calls: [{ ...call('get_balance', {}), index: 0, function: { name: 'get_balance', arguments: '' } }] },
  { tool_calls: [{ index: 0, function: { arguments: '{"customer":"7"}' } }] },
];

const functionCall = {
  type: 'function_call',
  id: 'fc_t1',
  call_id: 'call_t1',
  name: 'get_balance',
  status: 'completed',
  arguments: '{"customer":"7"}',
};
const responseOf = (output: object[]) => ({
  id: 'resp_t1',
  object: 'response',
  created_at: 1764526000,
  status: 'completed',
  model: 'teacher-2026',
  output,
  error: null,
  incomplete_details: null,
  tools: [],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  usage: {
    input_tokens: 120,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 129,
  },
});
const words = {
  type: 'message',
  id: 'msg_t1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'It is 12.', annotations: [] }],
};
const responseEvents = [
  { type: 'response.created', response: { ...responseOf([]), status: 'in_progress' } },
  { type: 'response.output_item.added', output_index: 0, item: { ...functionCall, arguments: '' } },
  { type: 'response.function_call_arguments.delta', item_id: 'fc_t1', output_index: 0, delta: '{"customer":"7"}' },
  { type: 'response.function_call_arguments.done', item_id: 'fc_t1', output_index: 0, arguments: '{"customer":"7"}' },
  { type: 'response.output_item.done', output_index: 0, item: functionCall },
  { type: 'response.completed', response: responseOf([functionCall]) },
].map((event, sequence_number) => `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`);

/** Lets both say the same: whichever answers, the client must see one call. */
function answeredBy(who: (typeof whoAnswers)[number]): void {
  gateway.says.student = who === 'the student' ? served(balance) : nobody;
  teacher.answers((response, asked) => {
    const body = JSON.parse(asked.body.toString()) as { stream?: boolean; input?: { type?: string }[] };
    const isChat = asked.path.endsWith('/chat/completions');
    const hasResult = JSON.stringify(body).includes('function_call_output');
    if (isChat) {
      if (body.stream) return events(chunks(deltas))(response, asked);
      return json(completion({ tool_calls: [call('get_balance', { customer: '7' })] }))(response, asked);
    }
    if (body.stream) return events(responseEvents)(response, asked);
    return json(responseOf([hasResult ? words : functionCall]))(response, asked);
  });
}
const expectAsked = (who: (typeof whoAnswers)[number]) => {
  expect(teacher.asked.length > 0).toBe(who === 'the teacher');
  for (const { headers } of teacher.asked) expect(headers.authorization).toBe(`Bearer ${apiKey}`);
};

describe.each(whoAnswers)('answered by %s,', (who) => {
  const openai = () =>
    new OpenAI({ baseURL: gateway.baseUrl, apiKey, maxRetries: 0, defaultHeaders: { 'x-retort-key': gateway.key } });

  it('openai sees the call of a chat completion, whole and streamed', async () => {
    answeredBy(who);
    const asked = { model: 'teacher-2026', messages: question, tools };
    const { data, response } = await openai().chat.completions.create(asked).withResponse();
    expect(data.choices[0]!.finish_reason).toBe('tool_calls');
    expect(data.choices[0]!.message.tool_calls).toMatchObject([
      { function: { name: 'get_balance', arguments: '{"customer":"7"}' } },
    ]);
    expect(response.headers.get('x-retort-served-by')).toBe(who.slice('the '.length));
    const streamed = await openai().chat.completions.stream(asked).finalChatCompletion();
    expect(streamed.choices[0]!.message.tool_calls).toMatchObject([
      { function: { name: 'get_balance', arguments: '{"customer":"7"}' } },
    ]);
    expectAsked(who);
  });

  it('openai sees the call of a response, whole and streamed', async () => {
    answeredBy(who);
    const asked = {
      model: 'teacher-2026',
      input: 'please, the balance of customer 7',
      tools: tools.map(({ function: tool }) => ({ type: 'function' as const, strict: false, ...tool })),
    };
    const call = { type: 'function_call', name: 'get_balance', arguments: '{"customer":"7"}' };
    expect((await openai().responses.create(asked)).output).toMatchObject([call]);
    expect((await openai().responses.stream(asked).finalResponse()).output).toMatchObject([call]);
    expectAsked(who);
  });

  it('the AI SDK sees the call, whole and streamed, through both APIs', async () => {
    answeredBy(who);
    const provider = createOpenAI({ baseURL: gateway.baseUrl, apiKey, headers: { 'x-retort-key': gateway.key } });
    const offered = Object.fromEntries(
      tools.map(({ function: { name, description, parameters } }) => [
        name,
        { description, inputSchema: jsonSchema(parameters as never) },
      ]),
    ) as ToolSet;
    for (const model of [provider.chat('teacher-2026'), provider.responses('teacher-2026')]) {
      const asked = { model, tools: offered, prompt: 'please, the balance of customer 7', maxRetries: 0 };
      const call = { toolName: 'get_balance', input: { customer: '7' } };
      expect((await generateText(asked)).toolCalls).toMatchObject([call]);
      expect(await streamText(asked).toolCalls).toMatchObject([call]);
    }
    expectAsked(who);
  });

  it('LangChain sees the call, whole and streamed', async () => {
    answeredBy(who);
    const chat = new ChatOpenAI({
      model: 'teacher-2026',
      apiKey,
      maxRetries: 0,
      configuration: { baseURL: gateway.baseUrl, defaultHeaders: { 'x-retort-key': gateway.key } },
    }).bindTools(tools);
    const call = { name: 'get_balance', args: { customer: '7' } };
    expect((await chat.invoke('please, the balance of customer 7')).tool_calls).toMatchObject([call]);
    let whole: AIMessageChunk | undefined;
    for await (const piece of await chat.stream('please, the balance of customer 7'))
      whole = whole ? whole.concat(piece) : piece;
    expect(whole!.tool_calls).toMatchObject([call]);
    expectAsked(who);
  });

  it('OpenAI Agents runs the tool and goes on to the words of the teacher', async () => {
    answeredBy(who);
    const asked: unknown[] = [];
    const agent = new Agent({
      name: 'bank',
      model: 'teacher-2026',
      tools: [
        agentTool({
          name: 'get_balance',
          description: 'get balance',
          parameters: {
            type: 'object',
            properties: { customer: { type: 'string' } },
            required: ['customer'],
            additionalProperties: false,
          } as const,
          strict: true,
          execute: (parameters) => {
            asked.push(parameters);
            gateway.says.student = nobody;
            return '12';
          },
        }),
      ],
    });
    const provider = new OpenAIProvider({ openAIClient: openai() as never, useResponses: true });
    const { finalOutput } = await new Runner({ modelProvider: provider, tracingDisabled: true }).run(
      agent,
      'please, the balance of customer 7',
    );
    expect(asked).toEqual([{ customer: '7' }]);
    expect(finalOutput).toBe('It is 12.');
    expect(teacher.asked).toHaveLength(who === 'the teacher' ? 2 : 1);
  });
});
