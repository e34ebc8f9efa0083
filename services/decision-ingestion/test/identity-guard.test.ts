import { eventStoreDbEventStore, type EventStore } from '@retort/event-store';
import { newId } from '@retort/kernel';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { startEventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresIdentities } from '../src/adapters/identities.ts';
import { guardIdentities } from '../src/app/identity-guard.ts';
import type { GroupLog } from '../src/app/group-commit.ts';

let test: TestDatabase;
let server: Awaited<ReturnType<typeof startEventStoreDbServer>>;
let store: EventStore;
let guarded: GroupLog;
beforeAll(async () => {
  test = await testDatabase();
  const schema = { schema: 'decision_ingestion', folder: new URL('../migrations/', import.meta.url) };
  server = await startEventStoreDbServer();
  store = eventStoreDbEventStore({ connectionString: server.connectionString });
  guarded = guardIdentities(store, postgresIdentities(await test.migrated(schema)));
});
afterAll(async () => {
  await store.close();
  await server.stop();
  await test.drop();
});

const decided = (text: string) => ({
  stream: 'agent-acme.loan',
  expected: 'any' as const,
  events: [
    {
      id: newId(),
      type: 'AGENT_TOOL_SELECTED',
      version: 1,
      tenant: 'acme',
      aggregateType: 'agent',
      aggregateId: 'loan',
      occurredAt: '2026-01-02T03:04:05.678Z',
      causationId: null,
      correlationId: 'test',
      json: JSON.stringify({ text }),
    },
  ],
});
const statuses = async (...requests: ReturnType<typeof decided>[]) =>
  (await guarded.appendGroup(requests)).map(({ status }) => status);

describe('ids that the store does not keep apart', () => {
  it('stand for what was recorded under them, and for nothing where the log refused it', async () => {
    const small = decided('small');
    const large = decided('x'.repeat(1_100_000));
    expect(await statuses(small, large)).toEqual(['appended', 'rejected']);
    expect(await statuses(small, large)).toEqual(['duplicate', 'rejected']);
    const other = { ...small, events: [{ ...small.events[0]!, json: '{"text":"other"}' }] };
    expect(await guarded.appendGroup([other])).toMatchObject([
      { status: 'duplicate', recorded: [{ json: small.events[0]!.json }] },
    ]);
  });
});
