import { listExchangeTotals } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, startProjection, type StartedProjection } from './host.ts';

let platform: StartedProjection;
beforeAll(async () => {
  platform = await startProjection();
}, 120_000);
afterAll(() => platform.close());

const told = { latency_ms: 100, prompt_tokens: 1_000, cached_tokens: 400, completion_tokens: 20, request_bytes: 4_000 };
const cost = { amount: 0.5, currency: 'EUR', basis: 'tokens', price_of: 'gpt*', price_source: 'tenant' };
const current = { version: 2 };

describe('what turns took', () => {
  it('is added up by day, agent, model and who decided, each turn once', async () => {
    const teacher = { teacher_model: 'gpt-4.1', exchange: { ...told, cost } };
    const repeated = decided('t-1', teacher, current);
    await platform.record(
      repeated,
      decided('t-2', teacher, current),
      decided('t-3', { teacher_model: 'gpt-4.1', exchange: { latency_ms: 5, request_bytes: 10 } }, current),
      decided('t-4', { ...teacher, tool_selected: null, tool_parameters: {} }, current),
      decided(
        's-1',
        { decided_by: { kind: 'student' }, exchange: { latency_ms: 1, request_bytes: 8_000, instead_of: 'gpt-4.1' } },
        current,
      ),
      decided('without', {}, current),
      decided('later', teacher, { ...current, occurredAt: '2026-01-05T00:00:00.000Z' }),
      decided('t-1', teacher, current),
    );
    const query = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' };
    const { body } = await platform.call(listExchangeTotals, { query });
    const rows = body.data.map(({ day: _, agent_id: __, ...row }) => row);
    expect(rows).toHaveLength(4);
    expect(rows).toContainEqual({
      decided_by: 'teacher',
      model: 'gpt-4.1',
      has_calls: true,
      is_audit: false,
      currency: 'EUR',
      price_source: 'tenant',
      turns: 2,
      turns_with_tokens: 2,
      prompt_tokens: 2_000,
      cached_tokens: 800,
      completion_tokens: 40,
      request_bytes: 8_000,
      metered_bytes: 8_000,
      latency_ms: 200,
      cost: 1,
    });
    expect(rows).toContainEqual(
      expect.objectContaining({ cost: null, turns: 1, turns_with_tokens: 0, metered_bytes: 0 }),
    );
    expect(rows).toContainEqual(expect.objectContaining({ has_calls: false, turns: 1 }));
    expect(rows).toContainEqual(
      expect.objectContaining({ decided_by: 'student', model: 'gpt-4.1', request_bytes: 8_000, currency: null }),
    );
    const other = await platform.call(listExchangeTotals, { query: { ...query, agent_id: 'risk' } });
    expect(other.body.data).toEqual([]);
  });
});
