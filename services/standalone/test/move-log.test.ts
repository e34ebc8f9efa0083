import { eventStoreDbEventStore, migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import { newId } from '@retort/kernel';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { moveLog, type MoveLogPorts } from '../src/move/move-log.ts';

let database: TestDatabase;
let from: EventStore;
let server: EventStoreDbServer;
let to: EventStore;

const event = (aggregateId: string, number: number) => ({
  id: newId(),
  type: 'AGENT_TOOL_SELECTED',
  version: 1,
  tenant: 'acme',
  aggregateType: 'agent',
  aggregateId,
  occurredAt: '2026-01-01T00:00:00.000Z',
  causationId: null,
  correlationId: 'test',
  json: `{"number": ${number}, "text": "ä\\u00e4"}`,
});
beforeAll(async () => {
  database = await testDatabase();
  const db = database.connect();
  await migrateEventStore(db);
  from = postgresEventStore({ db });
  for (let number = 0; number < 30; number++) {
    const agent = `agent-${number % 4}`;
    const events = [event(agent, 2 * number), event(agent, 2 * number + 1)];
    await from.append({ stream: `agent-acme.${agent}`, expected: 'any', events });
  }
});
afterAll(async () => {
  await from.close();
  await database.drop();
});
beforeEach(async () => {
  server = await startEventStoreDbServer();
  to = eventStoreDbEventStore({ connectionString: server.connectionString });
});
afterEach(async () => {
  await to.close();
  await server.stop();
});

const ports = (changes: Partial<MoveLogPorts> = {}): MoveLogPorts => ({
  from,
  to,
  onMoved: async () => undefined,
  onProgress: () => undefined,
  ...changes,
});
const told = async (store: EventStore) => {
  const events: unknown[] = [];
  for await (const { position: _, ...rest } of store.readAll()) events.push(rest);
  return events;
};

describe('moving a log', () => {
  it('brings every event over in its order, with its time and its bytes, and the digest of all', async () => {
    const moved = await moveLog(ports());
    expect(moved).toMatchObject({ events: 60, moved: 60 });
    expect(await told(to)).toEqual(await told(from));
    expect(await moveLog(ports())).toEqual({ ...moved, moved: 0 });
  });

  it('goes on where it was interrupted', async () => {
    let runs = 0;
    const failing = moveLog(
      ports({
        onMoved: async () => {
          if (++runs === 7) throw new Error('killed');
        },
      }),
    );
    await expect(failing).rejects.toThrow('killed');
    expect(await moveLog(ports())).toMatchObject({ events: 60, moved: 60 - 14 });
    expect(await told(to)).toEqual(await told(from));
  });

  it('refuses a store that holds another log, or goes on behind this one', async () => {
    await to.append({ stream: 'agent-acme.other', expected: 'any', events: [event('other', 1)] });
    await expect(moveLog(ports())).rejects.toThrow('move.other-log: The event store (eventstoredb) holds another log');
    const nothing = { ...from, readAll: () => from.readAll({ limit: 0 }) };
    await expect(moveLog(ports({ from: nothing }))).rejects.toThrow('goes on behind the 0 events');
  });

  it('fails when the other log is not what was moved', async () => {
    const forgetful = {
      ...to,
      append: async () => ({ status: 'appended' as const, revision: 0n, position: '0/0' as never }),
    };
    await expect(moveLog(ports({ to: forgetful }))).rejects.toThrow('move.log-differs');
  });
});
