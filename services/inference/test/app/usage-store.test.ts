import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresUsage } from '../../src/adapters/usage-table.ts';
import { usageStore } from '../../src/app/loops.ts';
import { usageCounter } from '../../src/domain/usage.ts';

const folder = new URL('../../migrations', import.meta.url);
const key = { tenant: 'acme', model: 'tool-calling', day: '2026-01-01' };

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

describe('the usage store', () => {
  it('returns only when what an earlier call had under way is stored too', async () => {
    const db = await database.migrated({ schema: 'inference', folder });
    const usage = usageCounter();
    const store = usageStore(postgresUsage(db), usage);
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
  });
});
