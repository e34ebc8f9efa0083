import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventStoreDbEventStore } from '@retort/event-store';
import { clientCeiling } from './client-ceilings.ts';
import { idOf } from './events.ts';
import { drive, type HttpOptions } from './http.ts';
import { rounded, type IngestReport } from './report.ts';
import { withIngestion } from './subject.ts';

const ceilingSeconds = 3;
const farConnections = 256;

interface Server {
  connectionString: string;
  /** The same behind 20 ms. */
  farAway: string;
  name: string;
}

/** The service on EventStoreDB, over HTTP, beside what the client alone makes of the same server in the same run; singles
 *  also with 20 ms before the server, beside as many connections without. */
export async function benchEventStoreDb(options: HttpOptions): Promise<IngestReport & Record<string, unknown>> {
  const child = fork(fileURLToPath(new URL('./eventstoredb-server.ts', import.meta.url)), { stdio: 'inherit' });
  const [server] = (await once(child, 'message')) as [Server];
  try {
    const before = await ceilings(server.connectionString);
    const { rate, ...measured } = await measure(server, server.connectionString, options);
    const far = options.mode === 'single' ? await behindDelay(server, options.seconds) : {};
    const after = await ceilings(server.connectionString);
    const single = (before.single + after.single) / 2;
    const hundred = (before.hundred + after.hundred) / 2;
    const ceiling = options.mode === 'single' ? single : hundred;
    return {
      ...measured,
      store: 'eventstoredb',
      server: server.name,
      client_singles_per_second: Math.round(single),
      client_hundreds_per_second: Math.round(hundred),
      ceiling_events_per_second: Math.round(ceiling),
      ratio: rounded(rate / ceiling),
      ...far,
    };
  } finally {
    child.disconnect();
  }
}

async function ceilings(connectionString: string): Promise<{ single: number; hundred: number }> {
  const rateOf = async (eventsAtOnce: number, concurrency: number) => {
    const { events, seconds } = await clientCeiling(connectionString, {
      eventsAtOnce,
      concurrency,
      seconds: ceilingSeconds,
    });
    return events / seconds;
  };
  return { single: await rateOf(1, 64), hundred: await rateOf(100, 24) };
}

async function behindDelay(server: Server, seconds: number) {
  const options = { mode: 'single', connections: farConnections, seconds, latencies: false } as const;
  const near = await measure(server, server.connectionString, options);
  const far = await measure(server, server.farAway, options);
  return {
    near_events_per_second_at_256: Math.round(near.rate),
    far_events_per_second_at_256: Math.round(far.rate),
    far_ratio: rounded(far.rate / near.rate),
    lost_at_256: near.lost + far.lost,
    duplicated_at_256: near.duplicated + far.duplicated,
  };
}

let runs = 0;

/** One run of the service in a namespace of ids of its own, counted in the server's log. */
async function measure(server: Server, eventStoreUrl: string, options: HttpOptions) {
  const tenant = `bench${++runs}-${Date.now()}`;
  const driven = await withIngestion((subject) => drive(subject, options), { eventStoreUrl, tenant });
  const { lost, duplicated } = await compare(server, { tenant, acknowledged: driven.acknowledged });
  const rate = driven.report.events / driven.report.seconds;
  return { rate, ...driven.shown, lost, duplicated };
}

async function compare(
  { connectionString }: Server,
  { tenant, acknowledged }: { tenant: string; acknowledged: readonly [number, number][] },
) {
  const store = eventStoreDbEventStore({ connectionString });
  const copies = new Map<string, number>();
  for await (const event of store.readAll({ filter: { streamPrefixes: [`agent-${tenant}.`] } })) {
    const { id } = JSON.parse(event.json) as { id: string };
    copies.set(id, (copies.get(id) ?? 0) + 1);
  }
  await store.close();
  let lost = 0;
  for (const [first, events] of acknowledged)
    for (let number = first; number < first + events; number++) if (!copies.has(idOf(number))) lost++;
  return { lost, duplicated: [...copies.values()].filter((count) => count > 1).length };
}
