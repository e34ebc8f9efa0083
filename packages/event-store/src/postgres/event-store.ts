import { fault } from '@retort/kernel';
import { migrate, openNotifier, type Database } from '@retort/postgres';
import type { AppendOutcome, EventStore } from '../port.ts';
import { appendGroup } from './append.ts';
import { readAll, readHead, readStream } from './read.ts';
import { subscribe } from './subscribe.ts';

export interface PostgresEventStoreOptions {
  /** Any database in which `migrateEventStore` ran. It stays the caller's to close, after the store. */
  db: Database;
  /** How long a subscription waits at most before it polls; appends notify it at once. 1 000 when absent. */
  pollIntervalMs?: number;
}

/** Brings the schema `event_store` up to date. */
export async function migrateEventStore(target: string | Database): Promise<void> {
  await migrate({ target, schema: 'event_store', folder: new URL('../../migrations/', import.meta.url) });
}

/** The event store in Postgres. See docs/adr on its order and what readers may see. */
export function postgresEventStore({ db, pollIntervalMs = 1_000 }: PostgresEventStoreOptions): EventStore {
  const notifier = openNotifier({ db, channel: 'retort_event_store' });
  const append = async (requests: Parameters<EventStore['appendGroup']>[0]) => {
    const outcomes = await appendGroup(db, requests);
    if (outcomes.some((outcome) => outcome.status === 'appended')) notifier.notify();
    return outcomes;
  };
  return {
    name: 'postgres',
    uniqueEventIds: true,
    maxAppendBytes: Infinity,
    append: async (request) => {
      const [outcome] = (await append([request])) as [AppendOutcome];
      if (outcome.status === 'conflict') throw conflict(request.stream, outcome);
      if (outcome.status === 'rejected') throw outcome.fault;
      return outcome;
    },
    appendGroup: append,
    readStream: (stream, options = {}) => readStream(db, stream, options),
    readAll: (options = {}) => readAll(db, options),
    subscribe: (options) => subscribe({ db, notifier, pollIntervalMs }, options),
    head: () => readHead(db),
    ping: () => ping(db),
    close: () => notifier.close(),
  };
}

function conflict(stream: string, outcome: Extract<AppendOutcome, { status: 'conflict' }>) {
  const actual = outcome.actual === null ? 'has no events' : `stands at revision ${outcome.actual}`;
  return fault('event-store.conflict', {
    public: `The stream ${actual}; expected was ${outcome.expected}.`,
    internal: { stream, expected: String(outcome.expected), actual: String(outcome.actual) },
  });
}

/** Also refuses a log that was restored from a dump into a younger server: its positions would lie above those of new
 *  events, which readers would then never see. */
async function ping(db: Database): Promise<void> {
  const { rows } = await db.query<{ writable: boolean; ordered: boolean }>(
    `select current_setting('transaction_read_only') = 'off' as writable,
            coalesce((select max(transaction_id) from event_store.events)
                     < pg_snapshot_xmax(pg_current_snapshot()), true) as ordered`,
  );
  const { writable, ordered } = rows[0]!;
  if (!writable || !ordered)
    throw fault('event-store.unavailable', {
      retriable: writable,
      public: writable
        ? 'The log was restored into a server whose transaction ids lie below those of its events.'
        : 'The database takes no writes now.',
    });
}
