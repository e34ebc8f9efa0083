import { listAuditEvents, listDecisions, revokeApiKey, verifyAuditEvents } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, event } from '../host.ts';
import { startRecorded, type Recorded } from './recorded.ts';

let host: Recorded;
beforeAll(async () => {
  host = await startRecorded();
});
afterAll(() => host.close());

describe('audit events', () => {
  it('lists the tenant’s own events', async () => {
    const { body } = await host.call(listAuditEvents, {
      query: { limit: 1, event_type: 'AGENT_TOOL_SELECTED' },
      tenant: 'globex',
    });
    expect(body).toMatchObject({ data: [{ event_type: 'AGENT_TOOL_SELECTED' }], has_more: false });
  });
  it('lists who administered the tenant, narrowed by what, who, from where and when', async () => {
    await host.call(revokeApiKey, { params: { id: 'unknown' }, tenant: 'globex' });
    const listed = async (query: object) =>
      (await host.call(listAuditEvents, { query, tenant: 'globex' })).body.data.map(({ event_type, data }) => [
        event_type,
        (data as { action: string }).action,
      ]);
    const both = [
      ['ADMINISTRATION_REQUESTED', 'api-keys.revoke'],
      ['ADMINISTRATION_REFUSED', 'api-keys.revoke'],
    ];
    expect(await listed({ 'filter[action][eq]': 'api-keys.revoke' })).toEqual(both);
    const fromHere = { 'filter[address][eq]': '127.0.0.1' };
    expect(await listed({ ...fromHere, event_type: 'ADMINISTRATION_REFUSED' })).toEqual([both[1]]);
    expect(await listed({ 'filter[key_id][eq]': 'nobody' })).toEqual([]);
    expect(await listed({ 'filter[recorded_at][lt]': '2020-01-01T00:00:00Z' })).toEqual([]);
    const first = await host.call(listAuditEvents, { query: { ...fromHere, limit: 1 }, tenant: 'globex' });
    expect(await listed({ ...fromHere, cursor: first.body.next_cursor! })).toEqual([both[1]]);
    const reader = await host.host.keys.create({ tenant: 'globex', name: 'reader', scopes: ['decisions:read'] });
    const headers = { authorization: `Bearer ${reader.secret}` };
    const asReader = (query: object) => host.call(listAuditEvents, { query, headers });
    expect((await asReader({ 'filter[action][eq]': 'api-keys.revoke' })).status).toBe(403);
    const { body } = await asReader({ limit: 1000 });
    expect(JSON.stringify(body)).not.toContain('ADMINISTRATION');
    const labelled = { prompt: 'loan', label: 'production', version: 1 };
    await host.record(event('PROMPT_LABELLED', 'loan', labelled, { tenant: 'globex', aggregateType: 'prompt' }));
    const prompts = { event_type: 'PROMPT_LABELLED' };
    expect((await asReader(prompts)).body.data).toEqual([]);
    expect((await host.call(listAuditEvents, { query: prompts, tenant: 'globex' })).body.data).toHaveLength(1);
  });
});

describe('an export of decisions', () => {
  const exportsOf = async (tenant: string) => {
    const query = { 'filter[action][eq]': 'decisions.export' };
    const { body } = await host.call(listAuditEvents, { query, tenant });
    return body.data.filter(({ event_type }) => event_type === 'ROWS_EXPORTED').map(({ data }) => data);
  };

  it('is on record: who, what, from where, and how many rows were sent; a page is no export', async () => {
    await host.record(...['x', 'y', 'z'].map((id) => decided(id, {}, { tenant: 'exporting' })));
    await host.call(listDecisions, { tenant: 'exporting' });
    expect(await host.lines(listDecisions, { tenant: 'exporting' })).toHaveLength(3);
    const [exported, ...others] = await until('the export to be on record', async () => {
      const recorded = await exportsOf('exporting');
      return recorded.length > 0 ? recorded : null;
    });
    expect([exported, others]).toEqual([
      {
        action: 'decisions.export',
        key_id: (await host.keyOf('exporting')).split('_')[1],
        address: '127.0.0.1',
        path: listDecisions.path,
        rows: 3,
        complete: true,
      },
      [],
    ]);
  });

  it('that its reader breaks off is on record as incomplete', async () => {
    const filler = 'x'.repeat(40_000);
    const many = Array.from({ length: 300 }, (_, index) =>
      decided(`many-${index}`, { context: { filler } }, { tenant: 'leaving' }),
    );
    await host.record(...many);
    const leaving = new AbortController();
    const headers = { accept: 'application/x-ndjson' };
    const answer = await host.send(listDecisions.path, { tenant: 'leaving', headers, signal: leaving.signal });
    await answer.body!.getReader().read();
    leaving.abort();
    const [exported] = await until('the export to be on record', async () => {
      const recorded = await exportsOf('leaving');
      return recorded.length > 0 ? recorded : null;
    });
    expect(exported).toMatchObject({ complete: false });
  });
});

describe('the hash chain', () => {
  it('finds and names one altered byte in a stored event', async () => {
    const sound = await host.call(verifyAuditEvents);
    expect(sound.body).toMatchObject({ intact: true, first_difference: null });
    const log = host.database.connect({ schema: 'event_store' });
    const { rows } = await log.query<{ event_id: string }>(
      `update events set data = replace(data::text, '"42"', '"43"')::json
       where event_id = (select event_id from events where data::text like '%"42"%' order by transaction_id limit 1)
       returning event_id`,
    );
    const altered = await host.call(verifyAuditEvents);
    expect(altered.body.first_difference).toMatchObject({ kind: 'altered', event_id: rows[0]!.event_id });
    await log.query(`update events set data = replace(data::text, '"43"', '"42"')::json where event_id = $1`, [
      rows[0]!.event_id,
    ]);
    await log.query(`delete from events where event_id = $1`, [rows[0]!.event_id]);
    const removed = await host.call(verifyAuditEvents);
    expect(removed.body.first_difference).toMatchObject({ kind: 'missing', event_id: rows[0]!.event_id });
  });
});
