import { priceAt, type ExchangeTotal, type PriceEntry } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { ledgerOf, type AnswerTotal } from '../../src/domain/ledger.ts';
import { defaultPrices, priceDecider, priceTable } from '../../src/domain/prices.ts';

const price = (changes: Partial<PriceEntry>): PriceEntry => ({
  model: '*',
  source: 'default',
  valid_from: '2020-01-01T00:00:00Z',
  currency: 'USD',
  per_million_input_tokens: 2,
  per_million_cached_input_tokens: 0.5,
  per_million_output_tokens: 8,
  ...changes,
});
const student = price({ model: 'retort/student', per_processor_hour: 0.06 });

const total = (changes: Partial<ExchangeTotal>): ExchangeTotal => ({
  day: '2026-01-02',
  agent_id: 'loan',
  decided_by: 'teacher',
  model: 'gpt-4.1',
  has_calls: true,
  is_audit: false,
  currency: null,
  price_source: null,
  turns: 0,
  turns_with_tokens: changes.turns ?? 0,
  prompt_tokens: 0,
  cached_tokens: 0,
  completion_tokens: 0,
  request_bytes: 0,
  metered_bytes: 0,
  latency_ms: 0,
  cost: null,
  ...changes,
});
const teacherTurns = total({
  turns: 100,
  prompt_tokens: 100_000,
  cached_tokens: 40_000,
  completion_tokens: 3_000,
  request_bytes: 400_000,
  metered_bytes: 400_000,
});
const studentTurns = total({
  decided_by: 'student',
  turns: 300,
  request_bytes: 1_200_000,
  latency_ms: 600,
  prompt_tokens: 0,
});

describe('a price', () => {
  it('is the tenant’s before a default, of a name before a pattern, the newest that holds', () => {
    const table = [
      price({ model: 'gpt-*' }),
      price({ model: 'gpt-4.1', currency: 'AAA' }),
      price({ model: 'gpt-4.1', currency: 'BBB', valid_from: '2025-01-01T00:00:00Z' }),
      price({ model: 'gpt-4.1', currency: 'CCC', valid_from: '2027-01-01T00:00:00Z' }),
    ];
    expect(priceAt(table, 'gpt-4.1', '2026-01-01T00:00:00Z')!.currency).toBe('BBB');
    expect(priceAt(table, 'gpt-4.1', '2024-01-01T00:00:00Z')!.currency).toBe('AAA');
    expect(priceAt(table, 'gpt-4.1-mini', '2024-01-01T00:00:00Z')!.model).toBe('gpt-*');
    expect(priceAt(table, 'claude', '2024-01-01T00:00:00Z')).toBeUndefined();
    const own = price({ model: '*', source: 'tenant', currency: 'EUR' });
    expect(priceAt([...table, own], 'gpt-4.1', '2026-01-01T00:00:00Z')).toBe(own);
  });

  it('that is set again as it is changes nothing; an empty list goes back to the defaults', () => {
    const { model: _, source: __, ...entry } = price({});
    const [event] = priceDecider.decide({ type: 'SetPrices', model: 'm', prices: [entry] }, priceDecider.initial);
    const state = priceDecider.evolve(priceDecider.initial, event!);
    expect(priceDecider.decide({ type: 'SetPrices', model: 'm', prices: [entry] }, state)).toEqual([]);
    expect(priceDecider.decide({ type: 'SetPrices', model: 'm', prices: [] }, state)).toHaveLength(1);
    expect(priceTable([{ model: 'm', prices: [] }])).toEqual(defaultPrices);
  });

  it('has a default for every model, which says that it is one', () => {
    const found = priceAt(defaultPrices, 'a-model-nobody-knows', '2026-01-01T00:00:00Z');
    expect(found).toMatchObject({ model: '*', source: 'default' });
  });
});

describe('the ledger', () => {
  it('reckons what students avoided by what the teacher’s own turns took, less what they and their audits cost', () => {
    const audits = total({ is_audit: true, turns: 15, prompt_tokens: 15_000, completion_tokens: 450 });
    const { total: sums, data } = ledgerOf([teacherTurns, studentTurns, audits], {
      table: [price({}), student],
      by: 'day',
    });
    expect(data).toHaveLength(1);
    const [row] = data;
    expect(row).toMatchObject({ agent_id: 'loan', period: '2026-01-02', currency: 'USD', unpriced_turns: 0 });
    const teacher = (60_000 * 2 + 40_000 * 0.5 + 3_000 * 8) / 1e6;
    expect(row!.teacher).toMatchObject({ turns: 100, at_default_prices: 100 });
    expect(row!.teacher.amount).toBeCloseTo(teacher, 12);
    // Three times the turns, of requests just as long.
    expect(row!.avoided.amount).toBeCloseTo(3 * teacher, 12);
    expect(row!.avoided.basis).toContain('100 tool turns of the agent');
    expect(row!.student.amount).toBeCloseTo((600 / 3_600_000) * 0.06, 15);
    expect(row!.audits.amount).toBeCloseTo((15_000 * 2 + 450 * 8) / 1e6, 12);
    expect(row!.net).toBeCloseTo(row!.avoided.amount - row!.student.amount - row!.audits.amount, 12);
    expect(row!.saved_share).toBeCloseTo(row!.net / (4 * teacher), 12);
    expect(sums[0]).toMatchObject({ agent_id: null, period: 'total', net: row!.net });
  });

  it('takes the cost that was recorded before today’s price', () => {
    const recorded = { ...teacherTurns, cost: 7, currency: 'EUR', price_source: 'tenant' as const };
    const [row] = ledgerOf([recorded], { table: [price({})], by: 'total' }).data;
    expect(row).toMatchObject({ currency: 'EUR', teacher: { amount: 7, at_default_prices: 0 } });
    expect(row!.teacher.basis).toContain('when the turn was recorded');
  });

  it('claims nothing of turns without tokens, or without a price, and counts them', () => {
    const silent = total({ turns: 5, turns_with_tokens: 0 });
    const [row] = ledgerOf([silent], { table: [price({})], by: 'total' }).data;
    expect(row).toMatchObject({
      unpriced_turns: 5,
      teacher: { amount: 0, turns: 0, basis: 'no turns' },
      saved_share: null,
    });
    const unknown = ledgerOf([teacherTurns], { table: [], by: 'total' }).data[0]!;
    expect(unknown).toMatchObject({ unpriced_turns: 100, teacher: { amount: 0 } });
  });

  it('avoids nothing where the teacher could not have answered, and says where tokens are assumed', () => {
    const meanwhile = { ...studentTurns, model: null };
    const table = [price({}), student];
    const [down] = ledgerOf([meanwhile], { table, by: 'total' }).data;
    expect(down).toMatchObject({ avoided: { amount: 0, turns: 0 }, student: { turns: 300 } });
    const [alone] = ledgerOf([studentTurns], { table, by: 'month' }).data;
    expect(alone).toMatchObject({
      period: '2026-01',
      avoided: { basis: expect.stringContaining('assumed') as string },
    });
    expect(alone!.avoided.amount).toBeCloseTo((1_200_000 * 0.25 * 2 + 300 * 60 * 8) / 1e6, 12);
  });

  it('adds the teacher’s answers that are no decisions to what it cost, and says what they rest on', () => {
    const besides = (changes: Partial<AnswerTotal>): AnswerTotal => ({
      day: '2026-01-02',
      agent_id: 'loan',
      currency: 'USD',
      is_default: true,
      basis: 'tokens',
      answers: 4,
      amount: 0.5,
      ...changes,
    });
    const answers = [
      besides({}),
      besides({ basis: 'bytes', answers: 2, amount: 0.25, is_default: false }),
      besides({ currency: null, amount: 0, answers: 3 }),
    ];
    const table = [price({}), student];
    const [without] = ledgerOf([teacherTurns, studentTurns], { table, by: 'day' }).data;
    const { total: sums, data } = ledgerOf([teacherTurns, studentTurns], { table, by: 'day', answers });
    expect(data).toHaveLength(1);
    const [row] = data;
    expect(row!.teacher).toMatchObject({ turns: 106, at_default_prices: 104 });
    expect(row!.teacher.amount).toBeCloseTo(without!.teacher.amount + 0.75, 12);
    expect(row!.teacher.basis).toContain('by tokens that the provider counted');
    expect(row!.teacher.basis).toContain('a token every four bytes');
    expect(row!.unpriced_turns).toBe(3);
    // They are no turns that a student could have answered: what is avoided stays as it is, of more altogether.
    expect(row!.net).toBe(without!.net);
    expect(row!.saved_share).toBeLessThan(without!.saved_share!);
    expect(sums[0]!.teacher).toEqual(row!.teacher);
  });

  it('measures an agent that has few turns of its own on all agents', () => {
    const other = { ...studentTurns, agent_id: 'risk' };
    const rows = ledgerOf([teacherTurns, other], { table: [price({}), student], by: 'total' }).data;
    expect(rows.find(({ agent_id }) => agent_id === 'risk')!.avoided.basis).toContain('all agents');
  });
});
