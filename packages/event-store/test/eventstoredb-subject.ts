import { EventStoreDBClient } from '@eventstore/db-client';
import type { EventStoreUnderTest } from '@retort/event-store/contract';
import { selfSignedCertificate, temporaryFolder, until } from '@retort/testing';
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
  return onServer(server, server.connectionString);
}

export const administrator = { name: 'admin', password: 'changeit', groups: ['$admins'] };
/** May do what everybody may, until he is let read `$all`. */
export const ordinaryUser = { name: 'retort', password: 'p@ss:word/1' };

/** A server with users and permissions, over TLS. */
export async function startSecureServer() {
  const folder = await temporaryFolder('eventstoredb-users');
  const secure = { ...selfSignedCertificate(folder.path, 'DNS:localhost'), users: [administrator, ordinaryUser] };
  const server = await startEventStoreDbServer({ secure });
  return {
    server,
    /** What an operator does for the ordinary user: the read role on `$all`. */
    async letReadAll(name: string): Promise<void> {
      const client = EventStoreDBClient.connectionString(server.connectionStringOf(administrator));
      await client.setStreamMetadata('$all', { acl: { readRoles: ['$admins', name] } });
      await client.dispose();
    },
    async stop(): Promise<void> {
      await server.stop();
      await folder.remove();
    },
  };
}

/** The store as a user who may read `$all` and nothing else that others may not. */
export async function startOrdinaryUserSubject(): Promise<EventStoreDbSubject> {
  const { server, letReadAll, stop } = await startSecureServer();
  await letReadAll(ordinaryUser.name);
  const subject = onServer(server, server.connectionStringOf(ordinaryUser));
  return { ...subject, stop: () => subject.stop().then(stop) };
}

function onServer(server: EventStoreDbServer, connectionString: string): EventStoreDbSubject {
  const subject = subjectAt(connectionString);
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
