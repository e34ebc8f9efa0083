import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { status } from '@grpc/grpc-js';
import { request } from '@retort/event-store/contract';
import { selfSignedCertificate, temporaryFolder } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventStoreDbEventStore, type EventStore } from '../src/index.ts';

let server: EventStoreDbServer;
const stores: EventStore[] = [];
beforeEach(async () => {
  server = await startEventStoreDbServer();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await server.stop();
});

/** What an operator is told while the work fails. */
async function told(connectionString: string, work: (store: EventStore) => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const store = eventStoreDbEventStore({
    connectionString,
    deadlineMs: 3_000,
    onOutcome: (_, trouble) => {
      if (trouble !== null) lines.push(trouble);
    },
  });
  stores.push(store);
  await expect(work(store)).rejects.toThrow('event-store.');
  return lines;
}
const as = (user: string, rest = '') => `esdb://${user}:secret@127.0.0.1:${server.port}?${rest}`;
const head = (store: EventStore) => store.head();

/** Node says each of its warnings once a process. */
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

describe('an operator reads', () => {
  it('who may not read $all, where, and what right is missing', async () => {
    server.revoke(['read-all']);
    const [line] = await told(as('clerk', 'tls=false'), head);
    expect(line).toBe(
      `EventStoreDB at 127.0.0.1:${server.port}, as user "clerk", cannot read the end of $all: the user may not read ` +
        'there. Give it the read role on $all (the $r of its $acl).',
    );
    const subscribing = await told(as('clerk', 'tls=false'), async (store) => {
      for await (const batch of store.subscribe({ after: null, signal: AbortSignal.timeout(5_000) })) void batch;
    });
    expect(subscribing.at(-1)).toContain('$all');
  });

  it('who may not append, and to which stream', async () => {
    server.revoke(['append']);
    const lines = await told(as('clerk', 'tls=false'), (store) => store.append(request('agent-acme.loan')));
    expect(lines.at(-1)).toMatch(/as user "clerk", cannot append to agent-acme.loan: the user may not write there/);
  });

  it('that the password is wrong, and never the password', async () => {
    server.refuse([status.UNAUTHENTICATED, status.UNAUTHENTICATED]);
    const [line] = await told(as('clerk', 'tls=false'), head);
    expect(line).toMatch(/as user "clerk".*does not know this user with this password.*RETORT_EVENT_STORE_URL/);
    expect(line).not.toContain('secret');
  });

  it('that nothing listens at the port', async () => {
    const { port } = server;
    await server.stop();
    const [line] = await told(`esdb://127.0.0.1:${port}?tls=false`, head);
    expect(line).toMatch(new RegExp(`EventStoreDB at 127.0.0.1:${port}, without a user.*nothing listens`));
  });

  it('that the server speaks without TLS', async () => {
    const [line] = await told(as('clerk', 'tls=true'), head);
    expect(line).toMatch(/speaks without TLS. Set tls=false/);
  });

  it('that the certificate is of an unknown authority, and where to name it', async () => {
    const folder = await temporaryFolder('unknown-ca');
    const { key, certificate } = selfSignedCertificate(folder.path, 'DNS:localhost');
    const secure = createServer({ key: readFileSync(key), cert: readFileSync(certificate), ALPNProtocols: ['h2'] });
    secure.on('tlsClientError', (error) => expect(error).toBeInstanceOf(Error));
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const [line] = await told(`esdb://clerk:secret@localhost:${(secure.address() as AddressInfo).port}`, head);
    expect(line).toMatch(/certificate is of an authority that is unknown here .*tlsCaFile=/);
    secure.close();
    await folder.remove();
  });

  it('nothing by a warning of Node’s own, where the server is named by its address', async () => {
    await told(as('clerk', 'tls=true'), head);
    expect(warnings).toEqual([]);
  });

  it('that the connection string is of another scheme, and nothing else of it', () => {
    const open = () => eventStoreDbEventStore({ connectionString: 'http://clerk:secret@127.0.0.1:2113' });
    expect(open).toThrow(/event-store.connection-string: .*begins with http:; expected esdb:/);
    expect(open).not.toThrow('secret');
  });
});
