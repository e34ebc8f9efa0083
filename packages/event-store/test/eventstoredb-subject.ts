import type { EventStoreUnderTest } from '@retort/event-store/contract';
import { until } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { eventStoreDbEventStore, type EventStore } from '../src/index.ts';

export interface EventStoreDbSubject extends EventStoreUnderTest {
  server: EventStoreDbServer;
}

/** The store against a server that runs already, as the contract wants it. */
export function subjectAt(connectionString: string): EventStoreUnderTest {
  const stores: EventStore[] = [];
  const open = () => {
    const store = eventStoreDbEventStore({ connectionString });
    stores.push(store);
    return store;
  };
  return {
    store: open(),
    another: async () => open(),
    stop: async () => {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

/** The store against the wire-level test server, and the server beneath. */
export async function startEventStoreDbSubject(): Promise<EventStoreDbSubject> {
  const server = await startEventStoreDbServer();
  const subject = subjectAt(server.connectionString);
  return {
    ...subject,
    server,
    cutConnections: () => server.dropConnections(),
    restart: async () => {
      server.holdReplies(60_000);
      await until('a write is stored', () => server.repliesHeld() > 0);
      server.holdReplies(0);
      await server.restart();
    },
    stop: async () => {
      await subject.stop();
      await server.stop();
    },
  };
}
