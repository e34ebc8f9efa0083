import { recordDecision } from '@retort/contracts';
import { startService } from '@retort/service-testing';
import { testDatabase } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { describe, expect, it } from 'vitest';
import { service } from '../src/service.ts';

const storeAt = ({ connectionString }: EventStoreDbServer) =>
  ({ eventStore: 'eventstoredb', eventStoreUrl: connectionString }) as const;
const decision = (id: string) => ({
  id,
  agent_id: 'loan',
  context: { query: id },
  tools_available: [{ name: 'help' }],
  tool_selected: 'help',
  tool_parameters: {},
});

describe('ingestion by itself', () => {
  it('refuses to start on another log than the one to which its identities belong, and goes on with its own', async () => {
    const database = await testDatabase();
    const [own, other] = [await startEventStoreDbServer(), await startEventStoreDbServer()];
    const start = (server: EventStoreDbServer) => startService(service, { infrastructure: storeAt(server), database });
    const record = async (server: EventStoreDbServer, ...ids: string[]) => {
      const host = await start(server);
      const statuses: number[] = [];
      for (const id of ids) statuses.push((await host.call(recordDecision, { body: decision(id) as never })).status);
      await host.close();
      return statuses;
    };
    expect(await record(own, 'a', 'b')).toEqual([201, 201]);
    await expect(start(other)).rejects.toMatchObject({ code: 'event-store.other-log' });
    expect(await record(own, 'a', 'c')).toEqual([200, 201]);
    await own.stop();
    await other.stop();
    await database.drop();
  });
});
