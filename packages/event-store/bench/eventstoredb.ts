/** How fast single events are appended through the store against the wire-level test server, which runs in a process of
 *  its own, beside the client's own `appendToStream` of the same events (the ceiling). The last line is one JSON object.
 *  bench ingest --mode eventstoredb [--events N] [--connections N] [--json] */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreDbServer } from '@retort/testing/eventstoredb';
import { eventStoreDbEventStore, type EventStore, type NewEvent } from '../src/index.ts';
import { makeEvent, round, streamOf } from './event.ts';

const rounds = 3;

interface Measured {
  seconds: number;
  milliseconds: number[];
}

/** Appends all events, so many at a time, each on its own. */
async function measure(
  events: readonly NewEvent[],
  concurrency: number,
  append: (event: NewEvent) => Promise<unknown>,
): Promise<Measured> {
  const milliseconds: number[] = [];
  let next = 0;
  const work = async () => {
    for (let event = events[next++]; event; event = events[next++]) {
      const begun = performance.now();
      await append(event);
      milliseconds.push(performance.now() - begun);
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  return { seconds: (performance.now() - started) / 1_000, milliseconds };
}

async function countInLog(store: EventStore, expected: ReadonlySet<string>) {
  const seen = new Set<string>();
  let duplicated = 0;
  for await (const event of store.readAll()) {
    if (!expected.has(event.id)) continue;
    if (seen.has(event.id)) duplicated++;
    seen.add(event.id);
  }
  return { lost: expected.size - seen.size, duplicated };
}

async function serve(): Promise<void> {
  const server = await startEventStoreDbServer();
  process.send!(server.connectionString);
  process.once('disconnect', () => void server.stop());
}

async function bench(total: number, concurrency: number): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['serve'], { stdio: 'inherit' });
  const [connectionString] = (await once(child, 'message')) as [string];
  const store = eventStoreDbEventStore({ connectionString });
  const client = EventStoreDBClient.connectionString(connectionString);
  const ours = (event: NewEvent) => store.append({ stream: streamOf(event), expected: 'any', events: [event] });
  const raw = ({ id, type, json, ...envelope }: NewEvent) =>
    client.appendToStream(
      `raw-${envelope.aggregateId}`,
      binaryEvent({ id, type, data: Buffer.from(json, 'utf8'), metadata: envelope }),
      { expectedRevision: 'any' },
    );
  const batch = (count: number) => Array.from({ length: count }, (_, index) => makeEvent(index));
  try {
    await measure(batch(Math.min(total, 2_000)), concurrency, ours);
    await measure(batch(Math.min(total, 2_000)), concurrency, raw);
    const appended = new Set<string>();
    const figures: { ours: Measured; raw: Measured }[] = [];
    // In turns, so that a busy moment of the machine meets both.
    for (let turn = 0; turn < rounds; turn++) {
      const events = batch(Math.ceil(total / rounds));
      for (const { id } of events) appended.add(id);
      figures.push({
        raw: await measure(batch(events.length), concurrency, raw),
        ours: await measure(events, concurrency, ours),
      });
    }
    const rate = (which: 'ours' | 'raw') =>
      Math.round(appended.size / figures.reduce((sum, figure) => sum + figure[which].seconds, 0));
    const times = figures.flatMap((figure) => figure.ours.milliseconds).sort((a, b) => a - b);
    const { lost, duplicated } = await countInLog(store, appended);
    const figure = {
      mode: 'eventstoredb',
      events_per_second: rate('ours'),
      p50_ms: round(times[Math.floor(times.length * 0.5)]!),
      p99_ms: round(times[Math.floor(times.length * 0.99)]!),
      connections: concurrency,
      events: appended.size,
      lost,
      duplicated,
      ceiling_events_per_second: rate('raw'),
      ratio: round(rate('ours') / rate('raw')),
      server: 'wire-level test server',
    };
    process.stdout.write(`${JSON.stringify(figure)}\n`);
  } finally {
    await store.close();
    await client.dispose();
    child.disconnect();
  }
}

const { values, positionals } = parseArgs({
  options: {
    mode: { type: 'string' },
    events: { type: 'string', default: '60000' },
    /** Appends at once. */
    connections: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (positionals[0] === 'serve') await serve();
else await bench(Number(values.events), Number(values.connections));
