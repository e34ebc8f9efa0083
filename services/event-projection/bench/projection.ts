import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import { connectDatabase, migrate, readCheckpoint, startEmbeddedPostgres, type Database } from '@retort/postgres';
import { checkpointName, postgresProjection } from '../src/adapters/tables.ts';
import { projectionLoop } from '../src/app/project.ts';
import { config } from '../src/config.ts';
import { fillLog } from './log.ts';

export interface ProjectionReport {
  events: number;
  /** How long the log took to take them, the projection at work beside it. */
  burst_seconds: number;
  /** From the end of the burst until the projection had come to the end of the log. */
  lag_seconds: number;
  /** Projected a second, from the beginning of the burst. */
  events_per_second: number;
  /** In the log and not in the table; in the table and not in the log. */
  lost: number;
  duplicated: number;
  poison: number;
  /** `insert … select` of the same rows into a table with the same indexes, by the server alone. */
  ceiling_events_per_second: number;
  ratio: number;
}

/** Lets another process append a burst of decisions as fast as it can, and measures how long the projection takes to come
 *  to its end. */
export async function benchProjection(events: number): Promise<ProjectionReport> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  const database = connectDatabase({ url: postgres.url(), schema: 'event_projection', statementTimeoutMs: 0 });
  try {
    await migrateEventStore(postgres.url());
    const migrations = new URL('../migrations/', import.meta.url);
    await migrate({ target: postgres.url(), schema: 'event_projection', folder: migrations });
    const store = postgresEventStore({ db: database });
    const { burstSeconds, seconds, poison } = await follow({ store, database, url: postgres.url(), events });
    await store.close();
    const rate = events / seconds;
    const ceiling = await insertCeiling(database);
    return {
      events,
      burst_seconds: rounded(burstSeconds),
      lag_seconds: rounded(seconds - burstSeconds),
      events_per_second: Math.round(rate),
      ...(await compare(database)),
      poison,
      ceiling_events_per_second: Math.round(ceiling),
      ratio: rounded(rate / ceiling),
    };
  } finally {
    await database.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

interface Following {
  store: EventStore;
  database: Database;
  url: string;
  events: number;
}

async function follow({ store, database, url, events }: Following) {
  const ended = new AbortController();
  const tally = { events: 0, poison: 0 };
  const running = projectionLoop({
    store,
    projection: postgresProjection(database),
    batchSize: config.parse({}).batchSize,
    onProjected: (batch) => {
      tally.events += batch.events.length;
      tally.poison += batch.poison;
      if (tally.events >= events) ended.abort();
    },
  }).run(ended.signal);
  const burst = fork(fileURLToPath(import.meta.url), ['burst', url, String(events)]);
  await once(burst, 'message');
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  burst.send('go');
  const [, burstSeconds] = await Promise.all([
    running,
    once(burst, 'exit').then(([code]) => {
      if (code !== 0) ended.abort(new Error('the burst failed'));
      return since();
    }),
  ]);
  const seconds = since();
  const [known, head] = [await readCheckpoint(database, checkpointName.live), await store.head()];
  if (known !== head) throw new Error(`the projection stands at ${known}, the log at ${head}`);
  return { burstSeconds, seconds, poison: tally.poison };
}

async function burst(url: string, events: number): Promise<void> {
  const database = connectDatabase({ url, max: 2 });
  const store = postgresEventStore({ db: database });
  const going = once(process, 'message');
  process.send?.('ready');
  await going;
  await fillLog(store, events);
  await store.close();
  await database.close();
  process.disconnect();
}

async function compare(database: Database): Promise<{ lost: number; duplicated: number }> {
  const { rows } = await database.query<{ lost: bigint; duplicated: bigint }>(
    `select count(*) filter (where d.event_id is null) as lost, count(*) filter (where e.event_id is null) as duplicated
       from event_store.events e full join decisions d on d.event_id = e.event_id`,
  );
  return { lost: Number(rows[0]!.lost), duplicated: Number(rows[0]!.duplicated) };
}

async function insertCeiling(database: Database): Promise<number> {
  await database.query('create table ceiling (like decisions including all)');
  const started = performance.now();
  const { rowCount } = await database.query('insert into ceiling select * from decisions');
  return rowCount / ((performance.now() - started) / 1000);
}

if (process.argv[2] === 'burst') await burst(process.argv[3]!, Number(process.argv[4]));
else {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '500000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const events = Number(values.events);
  if (values.help || !Number.isInteger(events) || events < 1) {
    process.stderr.write('bench projection [--events N] [--json]\n');
    process.exit(values.help ? 0 : 2);
  }
  const report = await benchProjection(events);
  if (!values.json) for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${value}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
