import { createChatCompletion, getCost, listBudgets, setBudgets, setPrices, urlOf } from '@retort/contracts';
import { until } from '@retort/testing';
import { calling, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

vi.setConfig({ testTimeout: 120_000 });

let platform: TestPlatform;
let teacher: Teacher;
beforeAll(async () => {
  teacher = await startTeacher(calling(() => 'get_balance'));
  vi.stubEnv('RETORT_AUTO', 'false');
  vi.stubEnv('RETORT_GATEWAY_TEACHER_BASE_URL', teacher.url);
  platform = await startTestPlatform('gateway-cost');
  await caughtUp(platform);
}, 180_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await teacher.close();
});

const ask = (changes: object = {}) =>
  platform.send(urlOf(createChatCompletion), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-agent': 'cards' },
    body: JSON.stringify({
      model: 'the-teacher',
      messages: [{ role: 'user', content: 'the balance of customer 7' }],
      tools: [{ type: 'function', function: { name: 'get_balance' } }],
      ...changes,
    }),
  });

describe('what a teacher behind the gateway costs', () => {
  it('is in the ledger at the tenant’s price, and counts against its budget until that is spent', async () => {
    const price = {
      valid_from: '2020-01-01T00:00:00Z',
      currency: 'EUR',
      per_million_input_tokens: 1_000_000,
      per_million_cached_input_tokens: null,
      per_million_output_tokens: 0,
    };
    await platform.read(setPrices, { params: { model: '*' }, body: { prices: [price] } });
    expect((await ask()).status).toBe(200);
    const [row] = await until('the turn to be in the ledger', async () => {
      const { data } = await platform.read(getCost);
      return data.length > 0 && data;
    });
    // A million a million tokens: a token read is one.
    expect(row).toMatchObject({ agent_id: 'cards', currency: 'EUR', teacher: { amount: 120, turns: 1 } });
    expect(row!.teacher).toMatchObject({ at_default_prices: 0, basis: expect.stringContaining('recorded') as string });

    // An answer to a request without tools is no decision; it costs as much.
    expect((await ask({ tools: undefined })).status).toBe(200);
    const [both] = await until('the answer to be in the ledger', async () => {
      const { data } = await platform.read(getCost);
      return data[0]?.teacher.turns === 2 && data;
    });
    expect(both!.teacher).toMatchObject({ amount: 240, basis: expect.stringContaining('no decisions') as string });

    const budget = { period: 'month', tokens: null, amount: 400, currency: 'EUR' } as const;
    await platform.read(setBudgets, { params: { subject: 'tenant' }, body: { budgets: [budget] } });
    const refused = await until('the budget to be spent', async () => {
      const answer = await ask();
      return answer.status !== 200 && answer;
    });
    expect(refused.status).toBe(402);
    expect(await refused.json()).toMatchObject({ error: { code: 'gateway.budget-spent' } });
    const { data } = await platform.read(listBudgets);
    expect(data).toMatchObject([{ subject: 'tenant', period: 'month' }]);
    expect(data[0]!.spent_amount).toBeGreaterThanOrEqual(400);
    expect(data[0]!.spent_amount % 120).toBe(0);
  });
});
