import { countDecisions, listDecisions, urlOf } from '@retort/contracts';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, tools, toolset } from '../host.ts';
import { ids, nextOf, startRecorded, type Page, type Query, type Recorded } from './recorded.ts';

let host: Recorded;
beforeAll(async () => {
  host = await startRecorded();
});
afterAll(() => host.close());

describe('GET /decisions', () => {
  it('shows the tenant’s decisions in the order of the log, their tools expanded', async () => {
    const shown = await host.list();
    expect(ids(shown)).toEqual(['a', 'b', 'c']);
    expect(shown.data[0]).toMatchObject({
      tenant: 'acme',
      agent_id: 'loan',
      toolset,
      tools_available: tools,
      decided_by: { kind: 'teacher' },
    });
    expect((await host.list({ toolsets: 'reference' })).data[0]!.tools_available).toBeUndefined();
  });

  it('narrows by agent, tool, who decided and time, and sorts by when it happened', async () => {
    const listed = async (query: Query) => ids(await host.list(query));
    expect(await listed({ 'filter[agent_id][eq]': 'risk' })).toEqual(['b']);
    expect(await listed({ 'filter[agent_id][in]': 'risk,loan', 'filter[tool_selected][eq]': 'get_balance' })).toEqual([
      'a',
      'c',
    ]);
    expect(await listed({ 'filter[decided_by][eq]': 'student' })).toEqual(['c']);
    expect(await listed({ 'filter[occurred_at][gt]': '2026-01-03T00:00:00Z' })).toEqual(['c']);
    expect(await listed({ sort: '-occurred_at' })).toEqual(['c', 'a', 'b']);
    expect(await listed({ as_of: '2026-01-02T00:00:00Z' })).toEqual(['b']);
  });

  it('refuses a parameter it does not know, and one it cannot read', async () => {
    const refused = async (query: object) => {
      const { status, problem } = await host.call(listDecisions, { query } as never);
      return [status, ...(problem?.errors ?? []).map(({ pointer }) => pointer)];
    };
    expect(await refused({ 'filter[colour][eq]': 'red' })).toEqual([400, '/filter[colour][eq]']);
    expect(await refused({ limit: 1001 })).toEqual([400, '/limit']);
    expect(await refused({ at_least: 'nowhere' })).toEqual([400, '/at_least']);
    expect(await refused({ at_least: `${2n ** 64n}/0` })).toEqual([400, '/at_least']);
    for (const moment of [
      '0000-01-01T00:00:00Z',
      '2026-01-01T00:00:00-23:00',
      `2026-01-01T00:00:00.${'1'.repeat(200)}Z`,
    ])
      for (const parameter of ['as_of', 'recorded_as_of', 'filter[occurred_at][gt]'])
        expect(await refused({ [parameter]: moment })).toContain(`/${parameter}`);
  });

  it('are counted, no further than is asked', async () => {
    expect((await host.call(countDecisions, { tenant: 'globex' })).body).toEqual({ decisions: 1 });
    expect((await host.call(countDecisions, { query: { at_most: 2 } })).body).toEqual({ decisions: 2 });
  });

  it('pages through the snapshot its first page was read from, whatever arrives meanwhile', async () => {
    for (const sort of ['log', '-occurred_at'] as const) {
      const first = await host.call(listDecisions, { query: { limit: 2, sort } });
      await host.record(decided(`late-${sort}`, {}, { occurredAt: '2026-01-01T12:00:00.000Z' }));
      expect(first.body.has_more).toBe(true);
      const second = (await (await host.send(nextOf(first)!)).json()) as Page;
      expect([...ids(first.body), ...ids(second)]).not.toContain(`late-${sort}`);
      const again = await host.call(listDecisions, {
        query: { limit: 2, sort: 'log', 'filter[agent_id][eq]': 'x', cursor: first.body.next_cursor! },
      });
      expect(again.problem).toMatchObject({ status: 400, type: '/errors#decisions.cursor-mismatch' });
    }
  });

  it('divides what is large into more pages, and streams all of it', async () => {
    // Text that does not get smaller, as that of an agent with documents in its context.
    const text = () => randomBytes(400_000).toString('base64');
    const large = Array.from({ length: 24 }, (_, index) => `large-${index}`);
    await host.record(...large.map((id) => decided(id, { agent_id: 'archivist', context: { text: text() } })));
    const query = { 'filter[agent_id][eq]': 'archivist', toolsets: 'reference' } as const;
    const first = await host.call(listDecisions, { query });
    expect(first.body.data.length).toBeLessThan(12);
    expect(first.body.has_more).toBe(true);
    const seen = ids(first.body);
    for (let next = nextOf(first); next !== undefined;) {
      const answer = await host.send(next);
      seen.push(...ids((await answer.json()) as Page));
      next = nextOf(answer);
    }
    expect(seen).toEqual(large);
    expect((await host.lines(listDecisions, { query })).map(({ id }) => id)).toEqual(large);
  });

  it('streams the whole snapshot as NDJSON in the order of the log', async () => {
    const query = { toolsets: 'reference' } as const;
    const answer = await host.send(urlOf(listDecisions, { query }), { headers: { accept: 'application/x-ndjson' } });
    expect(answer.headers.get('retort-log-position')).toMatch(/^\d+\/\d+$/);
    await answer.text();
    const rows = await host.lines(listDecisions, { query });
    expect(rows.map(({ id }) => id).slice(0, 3)).toEqual(['a', 'b', 'c']);
  });
});
