import { recordDecision, recordDecisions, reportOutcome, urlOf } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../host.ts';
import { codeOf, decision, startPosting, tools, type Posting } from './posting.ts';

let host: Posting;
beforeAll(async () => {
  host = await startPosting();
});
afterAll(() => host.close());

describe('an Idempotency-Key', () => {
  const keyed = (key: string, type = 'application/json') => ({
    headers: { 'idempotency-key': key, 'content-type': type },
  });

  it('stands for one request: another with it is refused with 422, whatever it asks', async () => {
    const once = decision();
    expect((await host.post(recordDecision.path, once, keyed('one'))).status).toBe(201);
    expect((await host.post(recordDecision.path, once, keyed('one'))).status).toBe(200);
    const before = (await host.events()).length;
    const others = [
      await host.post(recordDecision.path, decision(), keyed('one')),
      await host.post(recordDecisions.path, [once], keyed('one')),
      await host.post(urlOf(reportOutcome, { params: { id: once.id } }), { success: true }, keyed('one')),
    ];
    expect(others.map((other) => [other.status, codeOf(other)])).toEqual(
      others.map(() => [422, 'decisions.idempotency-key-reused']),
    );
    expect(await host.events()).toHaveLength(before);
    const elsewhere = { ...keyed('one'), key: await host.key('globex') };
    const inline = decision({ toolset: undefined, tools_available: tools });
    expect((await host.post(recordDecision.path, inline, elsewhere)).status).toBe(201);
  });

  it('answers a batch without ids the second time as the first, and stores it once', async () => {
    const { id: _, ...without } = decision();
    const first = await host.post(recordDecisions.path, [without, without], keyed('batch'));
    expect(first).toMatchObject({ status: 202, body: { recorded: 2 } });
    const again = await host.post(recordDecisions.path, [without, without], keyed('batch'));
    expect(again).toMatchObject({ status: 202, body: { recorded: 0, duplicates: 2 } });
    const ids = ({ body }: Answer) => (body['results'] as { id: string }[]).map(({ id }) => id);
    expect(ids(again)).toEqual(ids(first));
  });

  it('is given back by a request that was refused', async () => {
    expect((await host.post(recordDecision.path, decision({ toolset: 'nobody' }), keyed('mended'))).status).toBe(422);
    expect((await host.post(recordDecision.path, decision(), keyed('mended'))).status).toBe(201);
  });

  it('whose request is under way is answered with 409 and when to come back', async () => {
    const once = decision();
    const database = host.database.connect();
    const holder = await database.pool.connect();
    await holder.query('begin; lock table event_store.events in exclusive mode');
    const first = host.post(recordDecision.path, once, keyed('slow'));
    await until('the first to be under way', async () => {
      const { rows } = await database.query(
        `select from decision_ingestion.idempotency_keys where key = 'slow' and busy_until is not null`,
      );
      return rows.length > 0;
    });
    const second = await host.post(recordDecision.path, once, keyed('slow'));
    expect([second.status, codeOf(second), second.headers.get('retry-after')]).toEqual([
      409,
      'decisions.idempotency-key-in-flight',
      '1',
    ]);
    await holder.query('rollback');
    holder.release();
    expect((await first).status).toBe(201);
    expect((await host.post(recordDecision.path, once, keyed('slow'))).status).toBe(200);
  });
});
