import { randomUUID } from 'node:crypto';
import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { eventTemplate } from './events.ts';

const agents = 15;

export interface ClientCeiling {
  events: number;
  seconds: number;
}

/** What the client makes by itself of events of the same size: appends of so many events, so many of them at a time. */
export async function clientCeiling(
  connectionString: string,
  { eventsAtOnce, concurrency, seconds }: { eventsAtOnce: number; concurrency: number; seconds: number },
): Promise<ClientCeiling> {
  const client = EventStoreDBClient.connectionString(connectionString);
  const metadata = { tenant: 'bench', aggregateType: 'agent', $correlationId: randomUUID(), version: 1 };
  const data = Array.from({ length: agents }, (_, agent) => eventTemplate(`sha256:${'0'.repeat(64)}`, agent).bytes);
  let events = 0;
  const appendUntil = async (until: number) => {
    for (let turn = 0; performance.now() < until; turn++) {
      const agent = turn % agents;
      const batch = Array.from({ length: eventsAtOnce }, () =>
        binaryEvent({ id: randomUUID(), type: 'AGENT_TOOL_SELECTED', data: data[agent]!, metadata }),
      );
      await client.appendToStream(`ceiling-${agent}`, batch, { expectedRevision: 'any' });
      events += eventsAtOnce;
    }
  };
  const all = (until: number) => Promise.all(Array.from({ length: concurrency }, () => appendUntil(until)));
  try {
    await all(performance.now() + 1_000);
    events = 0;
    const started = performance.now();
    await all(started + seconds * 1_000);
    return { events, seconds: (performance.now() - started) / 1_000 };
  } finally {
    await client.dispose();
  }
}
