import { randomUUID } from 'node:crypto';
import { eventBusContract, type EventBusUnderTest } from '@retort/event-bus/contract';
import { testDatabase } from '@retort/testing';
import { migrateEventBus, postgresEventBus, type EventBus } from '../src/index.ts';
import { beginGroup, heartbeat } from '../src/postgres/ownership.ts';

/** Of the member that crashed. All others have the lease of a service: they may be held up for seconds, and lose nothing. */
const leaseMs = 900;

async function start(): Promise<EventBusUnderTest> {
  const database = await testDatabase();
  await migrateEventBus(database.url);
  const buses: EventBus[] = [];
  const open = () => {
    const bus = postgresEventBus({ db: database.connect(), pollIntervalMs: 100, retryDelayMs: 5 });
    buses.push(bus);
    return bus;
  };
  return {
    bus: open(),
    another: async () => open(),
    freshTopic: async () => `topic-${randomUUID()}`,
    cutConnections: () => database.cutConnections(),
    // It took every partition and never gave a sign of life again.
    crashedMember: async ({ group, topic }) => {
      const membership = { group, member: randomUUID(), topics: [topic], leaseMs };
      const db = database.connect();
      await beginGroup(db, membership, 'earliest');
      await heartbeat(db, membership);
    },
    stop: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await database.drop();
    },
  };
}

eventBusContract('postgres', start);
