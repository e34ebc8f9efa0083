/** How fast groups are appended, beside a raw COPY of the same rows into a table with the same indexes, on
 *  one connection each. Prints one JSON object.
 *  node --conditions=source --import tsx packages/event-store/bench/append.ts [events] [events per group] */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { connectDatabase, startEmbeddedPostgres, type Database } from '@retort/postgres';
import copy from 'pg-copy-streams';
import { migrateEventStore, postgresEventStore, type AppendRequest, type NewEvent } from '../src/index.ts';
import { makeEvent, round, streamOf } from './event.ts';

const total = Number(process.argv[2] ?? 50_000);
const groupSize = Number(process.argv[3] ?? 100);

/** CPU seconds that a server process has used; unlike elapsed time it means something on a busy machine. Linux only. */
async function serverCpuSeconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? NaN) + Number(fields[12] ?? NaN)) / 100;
}

async function measure(groups: readonly NewEvent[][], store: (group: NewEvent[]) => Promise<unknown>) {
  const clientBefore = process.cpuUsage();
  const serverBefore = await serverCpuSeconds(server);
  const started = performance.now();
  const times: number[] = [];
  for (const group of groups) {
    const begun = performance.now();
    await store(group);
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const seconds = (performance.now() - started) / 1_000;
  const client = process.cpuUsage(clientBefore);
  return {
    events_per_second: Math.round(total / seconds),
    group_p50_ms: round(times[Math.floor(times.length * 0.5)]!),
    group_p99_ms: round(times[Math.floor(times.length * 0.99)]!),
    client_cpu_us_per_event: round((client.user + client.system) / total),
    server_cpu_us_per_event: round((((await serverCpuSeconds(server)) - serverBefore) * 1e6) / total),
  };
}

function copyInto(db: Database) {
  let revision = 0;
  return async (group: NewEvent[]) => {
    const client = await db.pool.connect();
    try {
      const rows = group.map((event, ordinal) =>
        [
          String(1_000_000 + revision),
          ordinal,
          streamOf(event),
          revision++,
          event.id,
          event.type,
          event.version,
          event.tenant,
          event.aggregateType,
          event.aggregateId,
          event.occurredAt,
          event.occurredAt,
          '\\N',
          event.correlationId,
          event.json.replaceAll('\\', '\\\\'),
        ].join('\t'),
      );
      await pipeline(
        Readable.from([`${rows.join('\n')}\n`]),
        client.query(copy.from('copy event_store.raw_events from stdin')),
      );
    } finally {
      client.release();
    }
  };
}

const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
// Ephemeral, so that an interrupted run leaves nothing behind; durable nevertheless, or it would measure nothing.
const durable = { fsync: 'on', full_page_writes: 'on' };
const postgres = await startEmbeddedPostgres({ folder, ephemeral: true, settings: durable });
const db = connectDatabase({ url: postgres.url(), max: 1 });
const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
const server = rows[0]!.pid;
try {
  await migrateEventStore(db);
  await db.query('create table event_store.raw_events (like event_store.events including all)');
  const store = postgresEventStore({ db });
  const append = (group: NewEvent[]) =>
    store.appendGroup(
      group.map((event): AppendRequest => ({ stream: streamOf(event), expected: 'any', events: [event] })),
    );
  const batches = (): NewEvent[][] =>
    Array.from({ length: Math.floor(total / groupSize) }, (_, group) =>
      Array.from({ length: groupSize }, (_, index) => makeEvent(group * groupSize + index)),
    );
  const warmUp = batches().slice(0, 20);
  const raw = copyInto(db);
  for (const group of warmUp) {
    await append(group);
    await raw(group);
  }
  const ceiling = await measure(batches(), raw);
  const ours = await measure(batches(), append);
  await store.close();
  process.stdout.write(
    `${JSON.stringify({
      bench: 'event-store append',
      events: total,
      group_size: groupSize,
      ...ours,
      ceiling,
      ratio: round(ours.events_per_second / ceiling.events_per_second),
    })}\n`,
  );
} finally {
  await db.close();
  await postgres.stop();
}
