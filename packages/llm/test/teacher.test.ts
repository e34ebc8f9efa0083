import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ToolDefinition } from '@retort/contracts';
import { isFault } from '@retort/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTeacher, createBudget, type TeacherOptions } from '../src/index.ts';

interface Asked {
  messages: { role: string; content: string }[];
  tools?: { function: { name: string; parameters: unknown } }[];
  logprobs?: boolean;
}
type Reply = (asked: Asked, count: number) => { status?: number; headers?: Record<string, string>; body: unknown };

const tools: ToolDefinition[] = [
  { name: 'Buses_1.BuyBusTicket', parameters: { type: 'object', properties: { seats: { type: 'integer' } } } },
  { name: 'find' },
];

let reply: Reply;
let asked: Asked[];
let underWay = 0;
let mostUnderWay = 0;
let close: () => Promise<void>;
let baseUrl: string;

beforeEach(async () => {
  asked = [];
  underWay = mostUnderWay = 0;
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    void bodyOf(request).then((body) => {
      asked.push(body);
      const { status = 200, headers = {}, body: answer } = reply(body, asked.length);
      setImmediate(() => {
        underWay -= 1;
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
});
afterEach(() => close());

async function bodyOf(request: IncomingMessage): Promise<Asked> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as Asked;
}

const completion = (message: object, extra: object = {}) => ({
  id: 'c1',
  object: 'chat.completion',
  created: 0,
  model: 'big-2026',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: null, ...message }, ...extra }],
  usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
});
const calling = (name: string, args: string) =>
  completion({ tool_calls: [{ id: 't1', type: 'function', function: { name, arguments: args } }] });

const teacher = (options: Partial<TeacherOptions> = {}) =>
  connectTeacher({ baseUrl, apiKey: 'k', model: 'big', retries: 0, ...options });

describe('a teacher', () => {
  it('puts facts into the system message, the history between, the query last', async () => {
    reply = () => ({ body: calling('find', '{}') });
    const history = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Where to?' },
    ];
    await teacher().decide({ context: { query: 'to Leeds', history, account: { tier: 'gold' } }, tools });
    expect(asked[0]!.messages.slice(1)).toEqual([...history, { role: 'user', content: 'to Leeds' }]);
    expect(asked[0]!.messages[0]!.content).toContain('{"account":{"tier":"gold"}}');
  });

  it('keeps a history that is no dialogue as a fact', async () => {
    reply = () => ({ body: completion({ content: 'no' }) });
    await teacher().decide({ context: { query: 'q', history: ['a'] }, tools });
    expect(asked[0]!.messages).toHaveLength(2);
    expect(asked[0]!.messages[0]!.content).toContain('{"history":["a"]}');
  });

  it('shows demonstrations without letting them pose as the dialogue', async () => {
    reply = () => ({ body: completion({ content: 'no' }) });
    await teacher().decide({
      context: 'plain request',
      tools,
      demonstrations: [{ context: 'an older one', call: { tool: 'find', parameters: { where: 'x' } } }],
    });
    expect(asked[0]!.messages.map(({ role }) => role)).toEqual(['system', 'user']);
    expect(asked[0]!.messages[0]!.content).toContain('an older one');
  });

  it('calls tools by the names they were offered under, whatever the wire allows', async () => {
    reply = (body) => ({ body: calling(body.tools![0]!.function.name, '{"seats": 2}') });
    const { call, usage, model } = await teacher().decide({ context: 'two seats', tools });
    expect(asked[0]!.tools![0]!.function.name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(call).toEqual({ tool: 'Buses_1.BuyBusTicket', parameters: { seats: 2 } });
    expect({ usage, model }).toEqual({ usage: { promptTokens: 100, completionTokens: 20 }, model: 'big-2026' });
  });

  it('answers no tool when the model called none', async () => {
    reply = () => ({ body: completion({ content: 'I cannot help.' }) });
    const answer = await teacher().decide({ context: 'x', tools });
    expect(answer).toMatchObject({ call: { tool: null, parameters: {} }, text: 'I cannot help.', confidence: null });
  });

  it.each([
    ['broken arguments', 'find', '{"a": ', 'llm.malformed-call'],
    ['arguments that are no object', 'find', '[1]', 'llm.malformed-call'],
    ['a tool nobody offered', 'rm', '{}', 'llm.tool-not-offered'],
  ])('turns %s into a fault with a code', async (_what, name, args, code) => {
    reply = () => ({ body: calling(name, args) });
    await expect(teacher().decide({ context: 'x', tools })).rejects.toSatisfy((error) => isFault(error, code));
  });

  it('is as confident as its tokens are likely', async () => {
    const content = [{ token: 'a', logprob: Math.log(0.8), bytes: null, top_logprobs: [] }];
    reply = () => ({ body: completion({}, { logprobs: { content: [...content, ...content], refusal: null } }) });
    const { confidence } = await teacher().decide({ context: 'x', tools });
    expect(confidence).toBeCloseTo(0.64);
  });

  it('stops asking for log probabilities when the model refuses them', async () => {
    reply = (body) =>
      body.logprobs
        ? { status: 400, body: { error: { message: "'logprobs' is not supported with this model" } } }
        : { body: calling('find', '') };
    const asking = teacher();
    await asking.decide({ context: 'x', tools });
    await asking.decide({ context: 'y', tools });
    expect(asked.map(({ logprobs }) => logprobs ?? false)).toEqual([true, false, false]);
  });

  it('spends no more calls than its budget', async () => {
    reply = () => ({ body: calling('find', '{}') });
    const budget = createBudget({ calls: 2, prices: { prompt: 10, completion: 50 } });
    const asking = teacher({ budget });
    const results = await Promise.allSettled([1, 2, 3].map((n) => asking.decide({ context: `${n}`, tools })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(
      isFault(
        (results.find(({ status }) => status === 'rejected') as PromiseRejectedResult).reason,
        'llm.budget-exhausted',
      ),
    ).toBe(true);
    expect(asked).toHaveLength(2);
    expect(budget.spent()).toEqual({ calls: 2, tokens: 240, cost: 0.004 });
  });

  it('stops at its budget of tokens', async () => {
    reply = () => ({ body: calling('find', '{}') });
    const asking = teacher({ budget: createBudget({ tokens: 200 }) });
    await asking.decide({ context: '1', tools });
    await asking.decide({ context: '2', tools });
    await expect(asking.decide({ context: '3', tools })).rejects.toMatchObject({ code: 'llm.budget-exhausted' });
  });

  it('never has more calls under way than it may', async () => {
    reply = () => ({ body: calling('find', '{}') });
    const asking = teacher({ concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, n) => asking.decide({ context: `${n}`, tools })));
    expect(asked).toHaveLength(20);
    expect(mostUnderWay).toBeLessThanOrEqual(3);
  });

  it('tries again after a failure of the server', async () => {
    reply = (_body, count) =>
      count === 1 ? { status: 500, headers: { 'retry-after-ms': '1' }, body: {} } : { body: calling('find', '{}') };
    expect((await teacher({ retries: 1 }).decide({ context: 'x', tools })).call.tool).toBe('find');
  });

  it.each([
    [401, 'llm.credentials-refused', false],
    [404, 'llm.request-refused', false],
    [429, 'llm.rate-limited', true],
    [503, 'llm.upstream-error', true],
  ])('says of status %i that it is %s', async (status, code, retriable) => {
    reply = () => ({ status, body: { error: { message: 'secret prompt' } } });
    const error: unknown = await teacher()
      .decide({ context: 'x', tools })
      .catch((caught: unknown) => caught);
    expect(isFault(error, code) && error.detail.retriable).toBe(retriable);
    expect(JSON.stringify(isFault(error) && [error.message, error.detail])).not.toContain('secret prompt');
  });

  it('says that nobody is there', async () => {
    await close();
    await expect(teacher().decide({ context: 'x', tools })).rejects.toMatchObject({ code: 'llm.unreachable' });
  });

  it('gives up when its caller does, with the caller’s reason', async () => {
    const abort = new AbortController();
    reply = () => {
      abort.abort(new Error('enough'));
      return { body: calling('find', '{}') };
    };
    await expect(teacher().decide({ context: 'x', tools, signal: abort.signal })).rejects.toThrow('enough');
  });
});
