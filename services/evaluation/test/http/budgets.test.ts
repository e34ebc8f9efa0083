import { getCost, listBudgets, reportSpending, setBudgets, type BudgetView, type Spending } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatform } from './platform.ts';

type Platform = Awaited<ReturnType<typeof startPlatform>>;
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ auto: false });
}, 120_000);
afterAll(() => platform.close());

const report = async (spent: Spending[]): Promise<BudgetView[]> => {
  const { secret } = await platform.host.keys.create({
    tenant: 'platform',
    name: 'gateway',
    scopes: ['predictions:read'],
    anyTenant: true,
  });
  const headers = { authorization: `Bearer ${secret}`, 'x-retort-tenant': 'acme', 'content-type': 'application/json' };
  const url = new URL(reportSpending.path, platform.host.url);
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ spent }) });
  return ((await response.json()) as { data: BudgetView[] }).data;
};
const today = new Date().toISOString().slice(0, 10);
const spent = (changes: Partial<Spending>): Spending => ({
  key_id: 'one',
  day: today,
  currency: 'EUR',
  tokens: 100,
  amount: 0.5,
  ...changes,
});
const month = { period: 'month', tokens: 1_000, amount: null, currency: 'EUR' } as const;
const day = { period: 'day', tokens: null, amount: 2, currency: 'EUR' } as const;

describe('budgets', () => {
  it('are set of a key and of the tenant, and add up what every gateway tells', async () => {
    await platform.call(setBudgets, { params: { subject: 'tenant' }, body: { budgets: [month, day] } });
    const { body: set } = await platform.call(setBudgets, { params: { subject: 'one' }, body: { budgets: [day] } });
    expect(set.data).toMatchObject([{ subject: 'one', period: 'day', spent_tokens: 0 }]);
    await report([spent({}), spent({}), spent({ key_id: 'two' })]);
    const data = await report([spent({ currency: '', tokens: 7 })]);
    expect(data).toMatchObject([
      { subject: 'one', period: 'day', spent_tokens: 207, spent_amount: 1 },
      { subject: 'tenant', period: 'day', spent_tokens: 307, spent_amount: 1.5 },
      { subject: 'tenant', period: 'month', spent_tokens: 307, spent_amount: 1.5 },
    ]);
    expect(Date.parse(data[0]!.resets_at)).toBeGreaterThan(Date.now());
    expect((await platform.call(listBudgets)).body.data).toEqual(data);
  });

  it('are told, too, what answers cost that are no decisions, which the ledger knows from there', async () => {
    const besides = { agent_id: 'chatty', answers: 2, basis: 'tokens', price_source: 'tenant' } as const;
    await report([spent({ besides }), spent({}), spent({ besides: { ...besides, answers: 1 } })]);
    await report([spent({ besides }), spent({ currency: '', amount: 0, besides: { ...besides, price_source: null } })]);
    const { body } = await platform.call(getCost, { query: { agent_id: 'chatty', by: 'day' } });
    expect(body.data).toMatchObject([
      { agent_id: 'chatty', period: today, currency: 'EUR', teacher: { turns: 5, amount: 1.5, at_default_prices: 0 } },
      { agent_id: 'chatty', currency: 'USD', unpriced_turns: 2 },
    ]);
    const { body: other } = await platform.call(getCost, { query: { agent_id: 'silent' } });
    expect(other.data).toEqual([]);
  });

  it('are told of by services of the platform alone', async () => {
    expect(await platform.call(reportSpending, { body: { spent: [spent({})] } })).toMatchObject({ status: 403 });
  });

  it('are lifted by an empty list, and one a period at most', async () => {
    const twice = await platform.call(setBudgets, { params: { subject: 'one' }, body: { budgets: [day, day] } });
    expect(twice.status).toBe(400);
    await platform.call(setBudgets, { params: { subject: 'one' }, body: { budgets: [] } });
    const { body } = await platform.call(listBudgets);
    expect(body.data.map(({ subject }) => subject)).toEqual(['tenant', 'tenant']);
  });
});
