import { migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import type { Database } from '@retort/postgres';
import type { Loop } from '@retort/service-kit';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresChain } from '../src/adapters/postgres-chain.ts';
import { postgresCheckpoint } from '../src/adapters/postgres-checkpoint.ts';
import { postgresProjection } from '../src/adapters/tables.ts';
import { hashChainLoop } from '../src/app/hash-chain.ts';
import { projectionLoop } from '../src/app/project.ts';
import { relayLoop } from '../src/app/relay.ts';
import { decided, registered, streamOf } from './host.ts';

let test: TestDatabase;
let database: Database;
let store: EventStore;
beforeEach(async () => {
  test = await testDatabase();
  database = await test.migrated({ schema: 'event_projection', folder: new URL('../migrations/', import.meta.url) });
  const log = test.connect({ schema: 'event_store' });
  await migrateEventStore(log);
  store = postgresEventStore({ db: log });
  for (const event of [registered(), decided('d-1')])
    await store.append({ stream: streamOf(event), expected: 'any', events: [event] });
});
afterEach(async () => {
  await store.close();
  await test.drop();
});

/** What a server that is going down answers to whoever writes to the table. */
async function refuseWritesTo(table: string) {
  await database.query(
    `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'going down' using errcode = '57P01'; end $$`,
  );
  await database.query(
    `create trigger refuse before insert or update on ${table} for each row execute function refuse()`,
  );
}

const end = (loop: Loop) => loop.run(new AbortController().signal);
const unavailable = expect.objectContaining({ code: 'postgres.unavailable' });

/** Its supervisor starts a reader again when it ends with an error. A reader that waited for the next event first would
 *  stay behind for as long as nobody decides anything. */
describe('a reader that could not write the last batch of a silent log ends at once', () => {
  it('the projection', async () => {
    await refuseWritesTo('decisions');
    await expect(
      end(projectionLoop({ store, projection: postgresProjection(database), batchSize: 500 })),
    ).rejects.toEqual(unavailable);
  });

  it('the relay, whose batch is published when its checkpoint fails', async () => {
    await refuseWritesTo('checkpoints');
    const published: unknown[] = [];
    const bus = { publish: async (messages: readonly unknown[]) => void published.push(...messages) };
    await expect(
      end(relayLoop({ store, bus, checkpoint: postgresCheckpoint(database, 'relay'), batchSize: 500 })),
    ).rejects.toEqual(unavailable);
    expect(published).toHaveLength(2);
  });

  it('the hash chain', async () => {
    await refuseWritesTo('chain_blocks');
    await expect(end(hashChainLoop({ store, chain: postgresChain(database), blockSize: 500 }))).rejects.toEqual(
      unavailable,
    );
  });
});
