import { createChatCompletion } from '@retort/contracts';
import { until } from '@retort/testing';
import { call, chunks, completion, events, json, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { nobody, question, served, startGateway, tools, type Gateway } from './gateway.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json(completion({ tool_calls: [call('get_balance', {})] })));
  gateway = await startGateway({ teacherBaseUrl: teacher.url, upstreamRetries: 0, breakerFailures: 1000 });
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});
afterEach(async () => {
  gateway.budgets.length = gateway.spent.length = 0;
  gateway.says.student = nobody;
  gateway.says.budgetsFail = false;
  await until('the budgets to be learnt', async () => (await ask()).status === 200);
});

async function ask(body: object = {}, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.host.url}${createChatCompletion.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key, ...headers },
    body: JSON.stringify({ model: 'teacher-2026', messages: question, tools, ...body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const untilRefused = () =>
  until('the budget to be spent', async () => {
    const answer = await ask();
    return answer.status !== 200 && answer;
  });
const day = { period: 'day', currency: 'USD' } as const;

describe('a budget', () => {
  it('of tokens that is spent is 402 in OpenAI’s form, which says of whom, how much and until when', async () => {
    gateway.budgets.push({ ...day, subject: 'tenant', tokens: 200, amount: null });
    const { status, headers, text } = await untilRefused();
    expect(status).toBe(402);
    expect(headers.get('x-should-retry')).not.toBe('true');
    const { error } = JSON.parse(text) as { error: { code: string; message: string } };
    expect(error.code).toBe('gateway.budget-spent');
    expect(error.message).toMatch(/the tenant for the day \(200 tokens\) is spent; it begins anew at 20/);
    const asked = teacher.asked.length;
    await ask();
    expect(teacher.asked.length).toBe(asked);
  });

  it('of money counts by the price table, of each key its own', async () => {
    const [keyId] = (await until('spending', () => gateway.spent.length > 0 && gateway.spent)).map(
      ({ key_id }) => key_id,
    );
    gateway.budgets.push({ ...day, subject: 'another-key', tokens: 0, amount: null });
    gateway.spent.length = 0;
    expect((await ask()).status).toBe(200);
    const [told] = await until('what was spent to be told', () => gateway.spent.length > 0 && gateway.spent);
    expect(told!.besides).toBeUndefined();
    // 120 read of which 64 were cached, 9 written; see the prices.
    expect(told!.tokens % 129).toBe(0);
    expect(told!.amount).toBeCloseTo(((56 * 2 + 64 * 0.5 + 9 * 8) / 1e6) * (told!.tokens / 129), 12);
    gateway.budgets.push({ ...day, subject: keyId!, tokens: null, amount: 0.0003 });
    const { status, text } = await untilRefused();
    expect(status).toBe(402);
    expect(text).toContain('this API key for the day (0.0003 USD)');
  });

  it('that is spent leaves the student what it serves', async () => {
    gateway.budgets.push({ ...day, subject: 'tenant', tokens: 0, amount: null });
    await untilRefused();
    gateway.says.student = served({ tool: 'get_balance', parameters: { customer: '7' } });
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-retort-served-by')).toBe('student');
    expect((await ask({}, { 'x-retort-mode': 'teacher-only' })).status).toBe(402);
  });

  it('counts answers without tools, and by their bytes those whose tokens are not told', async () => {
    const besides = { agent_id: 'agent', answers: 1, price_source: 'default' };
    const counted = chunks([{ role: 'assistant', content: 'Good morning.' }], 'stop');
    const uncounted = [...counted.slice(0, -1), 'data: [DONE]\n\n'];
    for (const [said, basis] of [
      [counted, 'tokens'],
      [uncounted, 'bytes'],
    ] as const) {
      gateway.spent.length = 0;
      teacher.answers(events(said));
      await ask({ tools: undefined, stream: true });
      const told = await until('what was spent to be told', () => gateway.spent.find((one) => one.besides));
      expect(told.tokens).toBeGreaterThan(20);
      expect(told.besides).toEqual({ ...besides, basis });
    }
    teacher.answers(json(completion({ tool_calls: [call('get_balance', {})] })));
  });

  it('that cannot be learnt or told holds nobody up, and what was spent is told later', async () => {
    gateway.says.budgetsFail = true;
    gateway.spent.length = 0;
    for (let turn = 0; turn < 3; turn++) expect((await ask()).status).toBe(200);
    gateway.says.budgetsFail = false;
    const told = await until('what was spent to be told', () => gateway.spent.length > 0 && gateway.spent);
    expect(told.reduce((sum, { tokens }) => sum + tokens, 0)).toBeGreaterThanOrEqual(3 * 129);
  });
});

describe('a rate', () => {
  it('that is exceeded is 429 in OpenAI’s form with Retry-After', async () => {
    const { secret: key } = await gateway.host.keys.create({
      tenant: 'acme',
      name: 'slow',
      scopes: ['predictions:read'],
      requestsPerSecond: 1,
    });
    const answers = [];
    for (let turn = 0; turn < 3; turn++) answers.push(await ask({}, { 'x-retort-key': key }));
    const refused = answers.find(({ status }) => status === 429)!;
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'access.rate-limited' } });
  });
});
