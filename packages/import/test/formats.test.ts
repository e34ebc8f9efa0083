import { decisionOf, formats, isUnusable, type Exchange, type Unusable } from '@retort/import';
import { describe, expect, it } from 'vitest';

const read = (name: string, record: unknown) => formats.find((format) => format.name === name)!.read(record);
const options = { source: 'log', agentId: 'imported', tools: [] };
const decided = (reading: Exchange | Unusable) => (isUnusable(reading) ? reading : decisionOf(reading, options));

const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const tools = [{ type: 'function', function: { name: 'weather', description: 'Weather of a city', parameters } }];
const asked = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'How is it in Oslo and Rome?' },
];
const calls = [
  { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
  { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
];
const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'gpt-5-mini',
  choices: [
    { index: 0, finish_reason: 'tool_calls', message: { role: 'assistant', content: null, tool_calls: calls } },
  ],
  usage: { prompt_tokens: 20, completion_tokens: 9 },
};
const tokens = { prompt_tokens: 20, completion_tokens: 9 };
const toldByProvider = { exchange: { response_id: 'chatcmpl-1', ...tokens } };

/** What every log below says, each in its own way. */
const decision = {
  agent_id: 'imported',
  context: { instructions: 'Be brief.', query: 'How is it in Oslo and Rome?' },
  tools_available: [{ name: 'weather', description: 'Weather of a city', parameters }],
  tool_selected: 'weather',
  tool_parameters: { city: 'Oslo' },
  tool_calls: [
    { id: 'call_1', tool: 'weather', parameters: { city: 'Oslo' } },
    { id: 'call_2', tool: 'weather', parameters: { city: 'Rome' } },
  ],
  answer: 'calls',
  teacher_model: 'gpt-5-mini',
};

describe('a log of requests and responses', () => {
  it('becomes the decision that the SDK would have recorded', () => {
    const line = {
      id: 'r-1',
      request: { model: 'gpt-5-mini', messages: asked, tools, user: 'ada' },
      response: completion,
      score: 1,
      latency_ms: 812,
    };
    expect(read('openai-chat-jsonl', line).map(decided)).toEqual([
      {
        ...decision,
        exchange: { ...toldByProvider.exchange, latency_ms: 812 },
        id: 'log:r-1',
        group: 'ada',
        timestamp: '2025-10-09T08:53:20.000Z',
        outcome: { success: true, score: 1 },
      },
    ]);
  });

  it('is read in the form of OpenAI’s batch files', () => {
    const line = {
      custom_id: 'b-1',
      body: { messages: asked, tools },
      response: { status_code: 200, body: completion },
    };
    expect(read('openai-chat-jsonl', line).map(decided)).toMatchObject([
      { id: 'log:b-1', tool_calls: decision.tool_calls },
    ]);
  });

  it('may hold the Responses API', () => {
    const line = {
      request: { input: 'Weather in Oslo?', tools: [{ type: 'function', name: 'weather', parameters }] },
      response: {
        id: 'resp_1',
        status: 'completed',
        model: 'gpt-5-mini',
        output: [{ type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
      },
    };
    expect(read('openai-chat-jsonl', line).map(decided)).toMatchObject([
      { id: 'log:resp_1', context: { query: 'Weather in Oslo?' }, tool_selected: 'weather', answer: 'call' },
    ]);
  });

  it('is no decision where the answer was cut off, where there were no tools, and where a student answered', () => {
    const cut = { ...completion, choices: [{ ...completion.choices[0], finish_reason: 'length' }] };
    const line = (request: object, response: object) => ({ request: { messages: asked, ...request }, response });
    expect(
      [
        line({ tools }, cut),
        line({ tools: [] }, completion),
        line({}, completion),
        line({ tools }, { ...completion, model: 'retort/model-1' }),
        { request: { messages: asked, tools } },
        { request: { messages: [], tools }, response: completion },
        { messages: asked },
        7,
      ].flatMap((record) => read('openai-chat-jsonl', record).map(decided)),
    ).toEqual(
      [
        'answer-cut-off',
        'no-tools',
        'no-tools',
        'student-answered',
        'no-answer',
        'no-messages',
        'not-this-format',
        'not-this-format',
      ].map((reason) => ({ reason })),
    );
  });

  it('keeps a call whose arguments are no JSON, with its arguments unknown', () => {
    const message = {
      role: 'assistant',
      tool_calls: [{ id: 'a', function: { name: 'weather', arguments: '{"city":' } }],
    };
    const line = { request: { messages: asked, tools }, response: { choices: [{ message, finish_reason: 'stop' }] } };
    expect(read('openai-chat-jsonl', line).map(decided)).toMatchObject([
      { tool_selected: 'weather', tool_parameters: null },
    ]);
  });
});

describe('completions that OpenAI stored', () => {
  it('are read with the messages that the API gives apart, one or a page of them', () => {
    const stored = { ...completion, tools, metadata: { session_id: 's-1' }, messages: { object: 'list', data: asked } };
    expect(read('openai-stored-completions', { object: 'list', data: [stored, completion] }).map(decided)).toEqual([
      { ...decision, ...toldByProvider, id: 'log:chatcmpl-1', group: 's-1', timestamp: '2025-10-09T08:53:20.000Z' },
      { reason: 'no-messages' },
    ]);
  });
});

describe('a file to fine-tune on', () => {
  const answer = { role: 'assistant', content: null, tool_calls: calls };
  const results = calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'sunny' }));
  const line = { messages: [...asked, answer, ...results, { role: 'assistant', content: 'Sunny in both.' }], tools };

  it('holds a decision for each answer of the assistant', () => {
    const { teacher_model: _, ...untold } = decision;
    const [first, second] = read('openai-finetuning-jsonl', line).map(decided);
    expect(first).toMatchObject(untold);
    expect(second).toMatchObject({ answer: 'words', tool_calls: [], reasoning: 'Sunny in both.' });
    expect((second as { context: Record<string, unknown> }).context['steps']).toHaveLength(3);
  });

  it('gives equal ids to equal content, and others to other content', () => {
    const ids = [line, line, { ...line, messages: line.messages.slice(0, 3) }].map((record) =>
      read('openai-finetuning-jsonl', record).map((reading) => (decided(reading) as { id: string }).id),
    );
    expect(ids[0]).toEqual(ids[1]);
    expect(ids[2]![0]).toBe(ids[0]![0]);
    expect(new Set(ids[0]).size).toBe(2);
  });

  it('leaves answers of weight 0 out', () => {
    const messages = [...asked, { ...answer, weight: 0 }, ...results, { role: 'assistant', content: 'Sunny.' }];
    expect(read('openai-finetuning-jsonl', { ...line, messages }).map(decided)).toMatchObject([{ answer: 'words' }]);
  });
});

describe('observations of Langfuse', () => {
  const observation = {
    id: 'obs-1',
    traceId: 'trace-1',
    type: 'GENERATION',
    name: 'chat',
    startTime: '2025-10-09T08:53:20.000Z',
    endTime: '2025-10-09T08:53:21.000Z',
    model: 'gpt-5-mini',
    input: { messages: asked, tools },
    output: { role: 'assistant', content: null, tool_calls: calls },
    metadata: {},
    level: 'DEFAULT',
    usageDetails: { input: 20, output: 9, total: 29 },
  };
  const expected = {
    ...decision,
    id: 'log:obs-1',
    group: 'trace-1',
    timestamp: '2025-10-09T08:53:20.000Z',
    exchange: { latency_ms: 1000, ...tokens },
  };

  it('are read as the API gives them', () => {
    expect(read('langfuse', { data: [observation, { ...observation, type: 'SPAN' }], meta: {} }).map(decided)).toEqual([
      expected,
      { reason: 'not-a-model-call' },
    ]);
  });

  it('are read as exports write them, with JSON inside text and scores', () => {
    const { traceId, startTime: _, model, ...rest } = observation;
    const row = {
      ...rest,
      trace_id: traceId,
      start_time: '2025-10-09 08:53:20.000',
      provided_model_name: model,
      input: JSON.stringify(observation.input),
      output: JSON.stringify(observation.output),
      metadata: '{}',
      scores: [{ name: 'correct', value: 0 }],
    };
    expect(read('langfuse', row).map(decided)).toEqual([{ ...expected, outcome: { success: false, score: 0 } }]);
  });
});

describe('runs of LangSmith', () => {
  const run = {
    id: 'run-1',
    trace_id: 'trace-1',
    run_type: 'llm',
    start_time: '2025-10-09T08:53:20.000000',
    extra: { invocation_params: { model: 'gpt-5-mini', tools }, metadata: { thread_id: 'thread-1' } },
    inputs: {
      messages: [
        [
          {
            lc: 1,
            type: 'constructor',
            id: ['langchain', 'schema', 'messages', 'SystemMessage'],
            kwargs: { content: 'Be brief.' },
          },
          {
            lc: 1,
            type: 'constructor',
            id: ['langchain', 'schema', 'messages', 'HumanMessage'],
            kwargs: { content: 'How is it in Oslo and Rome?' },
          },
        ],
      ],
    },
    outputs: {
      generations: [
        [
          {
            text: '',
            message: {
              lc: 1,
              type: 'constructor',
              id: ['langchain', 'schema', 'messages', 'AIMessage'],
              kwargs: {
                content: '',
                tool_calls: [
                  { id: 'call_1', name: 'weather', args: { city: 'Oslo' }, type: 'tool_call' },
                  { id: 'call_2', name: 'weather', args: { city: 'Rome' }, type: 'tool_call' },
                ],
              },
            },
          },
        ],
      ],
    },
    feedback_stats: { correctness: { n: 1, avg: 1 } },
    end_time: '2025-10-09T08:53:21.500000',
    prompt_tokens: 20,
    completion_tokens: 9,
  };
  const expected = {
    ...decision,
    id: 'log:run-1',
    group: 'thread-1',
    timestamp: '2025-10-09T08:53:20.000Z',
    outcome: { success: true, score: 1 },
    exchange: { latency_ms: 1500, ...tokens },
  };

  it('are read with LangChain’s messages', () => {
    expect(read('langsmith', run).map(decided)).toEqual([expected]);
  });

  it('are read with those of a wrapped OpenAI client', () => {
    const wrapped = { ...run, inputs: { model: 'gpt-5-mini', messages: asked, tools }, outputs: completion };
    expect(read('langsmith', wrapped).map(decided)).toEqual([expected]);
  });

  it('are no decision where they failed or are chains', () => {
    expect(
      [
        { ...run, run_type: 'chain' },
        { ...run, error: 'timeout' },
      ].flatMap((record) => read('langsmith', record)),
    ).toEqual([{ reason: 'not-a-model-call' }, { reason: 'no-answer' }]);
  });
});

describe('traces of OpenTelemetry', () => {
  const attribute = (key: string, value: unknown) => ({
    key,
    value: { stringValue: typeof value === 'string' ? value : JSON.stringify(value) },
  });
  const span = {
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: 'eee19b7ec3c1b174',
    startTimeUnixNano: '1760000000000000000',
    endTimeUnixNano: '1760000000250000000',
    attributes: [
      attribute('gen_ai.usage.input_tokens', 20),
      attribute('gen_ai.usage.output_tokens', 9),
      attribute('gen_ai.operation.name', 'chat'),
      attribute('gen_ai.request.model', 'gpt-5-mini'),
      attribute('gen_ai.conversation.id', 'conv-1'),
      attribute('gen_ai.system_instructions', [{ type: 'text', content: 'Be brief.' }]),
      attribute('gen_ai.input.messages', [
        { role: 'user', parts: [{ type: 'text', content: 'How is it in Oslo and Rome?' }] },
      ]),
      attribute('gen_ai.tool.definitions', [
        { type: 'function', name: 'weather', description: 'Weather of a city', parameters },
      ]),
      attribute('gen_ai.output.messages', [
        {
          role: 'assistant',
          finish_reason: 'tool_call',
          parts: [
            { type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } },
            { type: 'tool_call', id: 'call_2', name: 'weather', arguments: { city: 'Rome' } },
          ],
        },
      ]),
    ],
  };
  const trace = (...spans: unknown[]) => ({
    resourceSpans: [{ resource: { attributes: [attribute('service.name', 'travel agent')] }, scopeSpans: [{ spans }] }],
  });

  it('are read from the attributes of the GenAI conventions', () => {
    expect(read('otel-genai', trace(span)).map(decided)).toEqual([
      {
        ...decision,
        id: `log:${span.traceId}-${span.spanId}`,
        agent_id: 'travel-agent',
        group: 'conv-1',
        timestamp: '2025-10-09T08:53:20.000Z',
        exchange: { latency_ms: 250, ...tokens },
      },
    ]);
  });

  it('are read from the event that carries the content', () => {
    const content = span.attributes.filter(({ key }) => /messages|instructions|definitions/.test(key));
    const rest = span.attributes.filter((attribute) => !content.includes(attribute));
    const event = { name: 'gen_ai.client.inference.operation.details', attributes: content };
    expect(read('otel-genai', trace({ ...span, attributes: rest, events: [event] })).map(decided)).toMatchObject([
      { tool_calls: decision.tool_calls },
    ]);
  });

  it('are no decision for spans of other kinds, and without captured content', () => {
    const other = { ...span, attributes: [attribute('gen_ai.operation.name', 'execute_tool')] };
    const silent = { ...span, attributes: span.attributes.slice(0, 3) };
    expect(read('otel-genai', trace(other, silent))).toEqual([
      { reason: 'not-a-model-call' },
      { reason: 'no-messages' },
    ]);
  });
});

describe('a table', () => {
  it('is a decision a row; no tool is an answer in words', () => {
    const row = {
      query: 'Weather in Oslo?',
      tool: 'weather',
      parameters: '{"city":"Oslo"}',
      tools: JSON.stringify(tools),
      success: 'true',
      id: '1',
    };
    expect([row, { ...row, tool: '' }].flatMap((record) => read('csv', record).map(decided))).toMatchObject([
      { id: 'log:1', tool_selected: 'weather', tool_parameters: { city: 'Oslo' }, outcome: { success: true } },
      { answer: 'words' },
    ]);
  });
});

it('every format leaves what is not its own with a reason, and never throws', () => {
  const strange = [
    null,
    7,
    'text',
    [],
    {},
    { data: [null] },
    { messages: [null] },
    { resourceSpans: [null] },
    { type: 'GENERATION', input: 3 },
  ];
  for (const format of formats)
    for (const record of strange) for (const reading of format.read(record)) expect(isUnusable(reading)).toBe(true);
});
