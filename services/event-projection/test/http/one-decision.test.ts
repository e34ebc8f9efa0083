import { getToolset, listAuditEvents, listDecisions, lookUpDecisions } from '@retort/contracts';
import { encodeCursor } from '@retort/service-kit';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, reported, toolset } from '../host.ts';
import { startRecorded, type Recorded } from './recorded.ts';

let host: Recorded;
beforeAll(async () => {
  host = await startRecorded();
});
afterAll(() => host.close());

describe('one decision', () => {
  it('carries the newest hundred of its outcomes, however many are reported', async () => {
    const many = Array.from({ length: 120 }, (_, index) => reported('told', { result: { [`r${index}`]: index } }));
    const kept = Array.from({ length: 120 }, (_, index) => reported('told', { [`member_${index}`]: index }));
    await host.record(decided('told'), ...many, ...kept);
    const { outcome } = (await host.one('told')).body;
    expect(Object.keys(outcome ?? {}).filter((name) => name.startsWith('member_'))).toHaveLength(100);
    expect(outcome).toMatchObject({ member_119: 119 });
    expect(outcome).not.toHaveProperty('result');
  });

  it('carries the outcomes reported later, and only those that were known at the time asked about', async () => {
    const before = await until('a moment', async () => {
      const { body } = await host.one('a');
      return Date.now() > Date.parse(body.recorded_at) + 5 ? new Date().toISOString() : null;
    });
    // The log knows whole milliseconds: what is recorded within the one that is asked about counts as known then.
    await until('the clock to move on', () => Date.now() > Date.parse(before));
    await host.record(reported('a', { success: false }), reported('a', { result: { paid: 1 } }));
    const now = await host.one('a');
    expect(now.body.outcome).toEqual({ success: false, execution_time_ms: 10, result: { paid: 1 } });
    const then = await host.one('a', { recorded_as_of: before });
    expect(then.body.outcome).toEqual({ success: true, execution_time_ms: 10 });
    expect((await host.history('a')).body.data.map(({ event_type }) => event_type)).toEqual([
      'AGENT_TOOL_SELECTED',
      'DECISION_OUTCOME_REPORTED',
      'DECISION_OUTCOME_REPORTED',
    ]);
    const known = await host.history('a', { recorded_as_of: before });
    expect(known.body.data.map(({ event_type }) => event_type)).toEqual(['AGENT_TOOL_SELECTED']);
  });

  it('is not there at a moment before it happened, nor is its history', async () => {
    for (const ask of [host.one, host.history]) {
      expect((await ask('a', { as_of: new Date().toISOString() })).status).toBe(200);
      expect((await ask('a', { as_of: '2000-01-01T00:00:00Z' })).status).toBe(404);
      expect((await ask('a', { as_off: '2000-01-01T00:00:00Z' })).status).toBe(400);
    }
  });

  it('says that its arguments are not known, or only in part, and that there were none, each as it was recorded', async () => {
    const known = { account: '42' };
    await host.record(
      decided('unknown', { agent_id: 'risk', tool_parameters: null }),
      decided('in-part', { agent_id: 'risk', tool_parameters: null, known_parameters: known }),
      decided('none', { agent_id: 'risk', tool_parameters: undefined }),
    );
    const argumentsOf = async (id: string) => {
      const { body } = await host.one(id);
      return [body.tool_parameters, body.known_parameters];
    };
    expect(await argumentsOf('unknown')).toEqual([null, undefined]);
    expect(await argumentsOf('in-part')).toEqual([null, known]);
    expect(await argumentsOf('none')).toEqual([{}, undefined]);
  });

  it('has a history that is divided into pages, by rows and by size', async () => {
    await host.record(
      decided('long', {}, { tenant: 'initech' }),
      ...Array.from({ length: 40 }, (_, index) =>
        reported('long', { result: index === 20 ? 'x'.repeat(600_000) : index }, { tenant: 'initech' }),
      ),
    );
    const whole = { agent: 0, sizes: [] as number[], results: [] as unknown[] };
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { body } = await host.history('long', { limit: 30, ...(cursor !== undefined && { cursor }) }, 'initech');
      expect(body.has_more).toBe(body.next_cursor !== null);
      whole.sizes.push(body.data.length);
      for (const { event_type, data } of body.data)
        if (event_type === 'AGENT_TOOL_SELECTED') whole.agent++;
        else whole.results.push((data as { result: unknown }).result);
      cursor = body.next_cursor;
    }
    // The page ends with the large one, which is the twenty-second event.
    expect(whole.sizes).toEqual([22, 19]);
    expect(whole.agent).toBe(1);
    expect(whole.results.filter((result) => typeof result === 'number')).toEqual([
      ...Array.from({ length: 20 }, (_, index) => index),
      ...Array.from({ length: 19 }, (_, index) => index + 21),
    ]);
    const { body } = await host.history('long', { limit: 1 }, 'initech');
    const elsewhere = await host.history('a', { limit: 1, cursor: body.next_cursor });
    expect(elsewhere.problem?.type).toBe('/errors#decisions.cursor-mismatch');
  });

  it('refuses a cursor that somebody made up, whatever is in it', async () => {
    const bound = { sort: 'log', toolsets: 'expand' };
    const places = ['nowhere', '-1/0', '99999999999999999999/0', `${'9'.repeat(400)}/1`];
    for (const position of places) {
      const forged = encodeCursor({ query: { id: 'a' }, after: position });
      expect((await host.history('a', { cursor: forged })).problem?.type).toBe('/errors#decisions.cursor-invalid');
      for (const after of [
        { snapshot: position, after: { occurred_at: '2026-01-01T00:00:00.000Z', position: '1/1' } },
        { snapshot: '1/1', after: { occurred_at: '2026-01-01T00:00:00.000Z', position } },
        { snapshot: '1/1', after: { occurred_at: position, position: '1/1' } },
      ]) {
        const { problem } = await host.call(listDecisions, {
          query: { cursor: encodeCursor({ query: bound, after }) },
        });
        expect(problem?.type).toBe('/errors#decisions.cursor-invalid');
      }
      for (const query of [{}, { 'filter[action][eq]': 'keys.create' }]) {
        const cursor = encodeCursor({ query, after: position });
        const { problem } = await host.call(listAuditEvents, { query: { ...query, cursor } });
        expect(problem?.type).toBe('/errors#audit.cursor-invalid');
      }
    }
  });

  it('is unknown to another tenant', async () => {
    expect((await host.one('b', {}, 'globex')).status).toBe(404);
    expect((await host.history('b', {}, 'globex')).status).toBe(404);
    expect((await host.call(getToolset, { params: { digest: toolset }, tenant: 'globex' })).status).toBe(404);
    expect((await host.one('a', {}, 'globex')).body.tenant).toBe('globex');
  });

  it('is found by its id among others, in the order asked for', async () => {
    const { body } = await host.call(lookUpDecisions, { body: { ids: ['c', 'nobody', 'a'] } });
    expect(body.data.map(({ id }) => id)).toEqual(['c', 'a']);
  });
});
