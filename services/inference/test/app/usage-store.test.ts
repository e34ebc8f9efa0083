import { createLogger, openSpool } from '@retort/service-kit';
import { newId } from '@retort/kernel';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresUsage } from '../../src/adapters/usage-table.ts';
import { usageStore } from '../../src/app/loops.ts';
import { usageCounter, type Usage, type UsageKey } from '../../src/domain/usage.ts';

const migrations = new URL('../../migrations', import.meta.url);
const key = { tenant: 'acme', model: 'tool-calling', day: '2026-01-01' };

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('usage');
});
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

describe('the usage store', () => {
  it('is delivered only when what an earlier call had under way is in the table too', async () => {
    const db = await database.migrated({ schema: 'inference', folder: migrations });
    const table = postgresUsage(db);
    const spool = await openSpool({
      folder: folder.path,
      name: 'tables',
      maxBytes: 1_000_000,
      sync: 'always',
      metrics: new Registry(),
      log: createLogger({ level: 'silent' }),
      deliver: async (records) => {
        for (const { id, data } of records) await table.add(data as unknown as (UsageKey & Usage)[], id);
      },
    });
    const usage = usageCounter();
    const keep = usageStore({ spool, newId }, usage);
    const store = async () => {
      await keep();
      await spool.flush();
    };
    const settled: string[] = [];
    const waiting = async () => {
      const { rows } = await db.query("select 1 from pg_locks where not granted and relation = 'usage'::regclass");
      return rows.length > 0;
    };
    const storing: Promise<unknown>[] = [];
    await db.transaction(async (transaction) => {
      await transaction.query('lock table usage');
      usage.add(key, { studentCalls: 1 });
      storing.push(store().then(() => settled.push('first')));
      await until('the first waits for the table', waiting);
      // Nothing left to add: alone, this would return at once, before the first has reached the table.
      storing.push(store().then(() => settled.push('second')));
      expect(await waiting()).toBe(true);
    });
    await Promise.all(storing);
    expect(settled).toEqual(['first', 'second']);
    await spool.close();
  });

  it('counts a record that is delivered again once', async () => {
    const table = postgresUsage(await database.migrated({ schema: 'inference', folder: migrations }));
    const [id, counted] = [newId(), usageCounter()];
    counted.add({ ...key, day: '2026-01-02' }, { studentCalls: 3 });
    const rows = counted.drain();
    await table.add(rows, id);
    await table.add(rows, id);
    const [day] = await table.read({ tenant: 'acme', from: '2026-01-02', to: '2026-01-02' });
    expect(day!.student_calls).toBe(3);
  });
});
