import { getCost, listCostAnalysis, listPrices, setPrices } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatform } from './platform.ts';

type Platform = Awaited<ReturnType<typeof startPlatform>>;
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ auto: false });
  platform.world.exchanges = [
    {
      day: '2026-01-03',
      agent_id: 'loan',
      decided_by: 'teacher',
      model: 'gpt-4.1-2025',
      has_calls: true,
      is_audit: false,
      currency: null,
      price_source: null,
      turns: 10,
      turns_with_tokens: 10,
      prompt_tokens: 1_000_000,
      cached_tokens: 0,
      completion_tokens: 0,
      request_bytes: 4_000_000,
      metered_bytes: 4_000_000,
      latency_ms: 1,
      cost: null,
    },
  ];
}, 120_000);
afterAll(() => platform.close());

const cheap = {
  valid_from: '2026-01-01T00:00:00Z',
  currency: 'EUR',
  per_million_input_tokens: 1,
  per_million_cached_input_tokens: null,
  per_million_output_tokens: 4,
};
const ledger = async () =>
  (await platform.call(getCost, { query: { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' } })).body;

describe('the price table', () => {
  it('begins with defaults that say they are, takes what a tenant sets, and goes back', async () => {
    const { body: before } = await platform.call(listPrices);
    expect(before.data.length).toBeGreaterThan(5);
    expect(before.data.every(({ source }) => source === 'default')).toBe(true);
    expect((await ledger()).total).toMatchObject([{ currency: 'USD', teacher: { amount: 2, at_default_prices: 10 } }]);

    const params = { model: 'gpt-4.1*' };
    const set = await platform.call(setPrices, { params, body: { prices: [cheap] } });
    expect(set.body.data).toEqual([{ ...cheap, model: 'gpt-4.1*', source: 'tenant' }]);
    expect((await ledger()).total).toMatchObject([{ currency: 'EUR', teacher: { amount: 1, at_default_prices: 0 } }]);
    expect(await platform.call(listPrices)).toMatchObject({ body: { data: [{ model: 'gpt-4.1*' }, ...before.data] } });

    await platform.call(setPrices, { params, body: { prices: [] } });
    expect((await platform.call(listPrices)).body).toEqual(before);
  });

  it('takes the name of a model with a slash in it, and refuses what is no price', async () => {
    const params = { model: 'retort/student' };
    const body = { prices: [{ ...cheap, per_processor_hour: 0.2 }] };
    expect((await platform.call(setPrices, { params, body })).body.data).toMatchObject([{ per_processor_hour: 0.2 }]);
    const wrong = { prices: [{ ...cheap, per_million_input_tokens: -1 }] };
    expect(await platform.call(setPrices, { params, body: wrong })).toMatchObject({ status: 400 });
  });

  it('prices cost_analysis where the configuration does not', async () => {
    const { body } = await platform.call(listCostAnalysis);
    const [newest, older] = body.data;
    expect(newest!.price).toMatchObject({ currency: 'USD', per_million_prompt_tokens: 2, source: 'default' });
    expect(newest!.student_cost).toBeGreaterThan(0);
    expect(older!.price).toBeNull();
  });
});
