import { migrateEventStore, postgresEventStore } from '@retort/event-store';
import { fault, newId } from '@retort/kernel';
import { migrate, type Queryable } from '@retort/postgres';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKeys, type ApiKeys } from '../src/access/keys.ts';

let database: TestDatabase;
let keys: ApiKeys;
let isAway = false;
let now = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;

beforeAll(async () => {
  database = await testDatabase();
  const folder = new URL('../migrations/access/', import.meta.url);
  await migrate({ target: database.url, schema: 'access', folder });
  const log = database.connect();
  await migrateEventStore(log);
  const reached = database.connect();
  const away: Queryable = {
    ...reached,
    query: ((...asked: Parameters<Queryable['query']>) => {
      if (isAway) throw fault('postgres.unavailable', { public: 'The database is away.' });
      return reached.query(...asked);
    }) as Queryable['query'],
  };
  keys = apiKeys({ database: away, events: postgresEventStore({ db: log }), clock: () => new Date(now), newId });
});
afterAll(() => database.drop());

const verdict = async (secret: string) => {
  const verified = await keys.verify(secret);
  return 'refused' in verified ? verified.refused : verified.key.tenant;
};

describe('a key', () => {
  it('that was known holds for a quarter of an hour while the database is away, and is looked up when it is back', async () => {
    const { key, secret } = await keys.create({ tenant: 'acme', name: 'agent', scopes: ['predictions:read'] });
    const { secret: unseen } = await keys.create({ tenant: 'acme', name: 'other', scopes: ['predictions:read'] });
    expect(await verdict(secret)).toBe('acme');
    isAway = true;
    for (const at of [1, 5, 14]) {
      now = Date.parse('2026-01-01T00:00:00Z') + at * minute;
      expect(await verdict(secret)).toBe('acme');
    }
    expect(await verdict(`${secret}x`)).toBe('unknown');
    await expect(verdict(unseen)).rejects.toMatchObject({ code: 'postgres.unavailable' });
    now += 2 * minute;
    await expect(verdict(secret)).rejects.toMatchObject({ code: 'postgres.unavailable' });
    isAway = false;
    expect(await verdict(secret)).toBe('acme');
    await keys.revoke('acme', key.id);
    isAway = true;
    await expect(verdict(secret)).rejects.toMatchObject({ code: 'postgres.unavailable' });
    isAway = false;
    expect(await verdict(secret)).toBe('revoked');
  });
});
