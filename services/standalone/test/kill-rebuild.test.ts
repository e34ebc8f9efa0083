import { listDecisions, rebuilds } from '@retort/contracts';
import { connectInfrastructure, createLogger, infrastructureConfig } from '@retort/service-kit';
import { testClient } from '@retort/service-testing';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { newId } from '@retort/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatformProcess, type PlatformProcess } from './chaos/platform-process.ts';
import { caughtUp } from './harness.ts';

const total = 60_000;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: PlatformProcess | undefined;

beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('kill-rebuild');
  await fillLog();
}, 120_000);
afterAll(async () => {
  await platform?.stop();
  await database.drop();
  await folder.remove();
});

async function fillLog(): Promise<void> {
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path });
  const infrastructure = await connectInfrastructure(config, createLogger({ level: 'silent' }));
  for (let first = 0; first < total; first += 500)
    await infrastructure.events.appendGroup(
      Array.from({ length: 500 }, (_, index) => ({
        stream: 'agent-default.loan',
        expected: 'any' as const,
        events: [decision(first + index)],
      })),
    );
  await infrastructure.close();
}

function decision(number: number) {
  const data = {
    id: `decision-${number}`,
    agent_id: 'loan',
    context: { query: `what about ${number}` },
    toolset: `sha256:${'0'.repeat(64)}`,
    tool_selected: 'look_up',
    decided_by: { kind: 'teacher' },
  };
  return {
    id: newId(),
    type: 'AGENT_TOOL_SELECTED',
    version: 2,
    tenant: 'default',
    aggregateType: 'agent',
    aggregateId: 'loan',
    occurredAt: '2026-03-02T09:00:00.000Z',
    causationId: null,
    correlationId: 'kill-rebuild',
    json: JSON.stringify(data),
  };
}

/** Its own database: what is killed is the platform, and not what keeps its tables. */
async function start(): Promise<void> {
  platform = await startPlatformProcess({ RETORT_DATABASE_URL: database.url, RETORT_DATA_FOLDER: folder.path });
}
const client = testClient({
  get url() {
    return platform!.url;
  },
  keyOf: async () => platform!.apiKey,
});

describe('a rebuild under way at kill -9 of the platform', () => {
  it('is gone on with by the next process, from where it had come to', { timeout: 300_000 }, async () => {
    await start();
    await until('the readers of the log to catch up', () => caughtUp(client), 120_000);
    const db = database.connect();
    /** How many decisions are rebuilt so far; null where nobody is at it. */
    const rebuiltRows = async () => {
      const { rows } = await db
        .query<{ count: bigint }>('select count(*) as count from event_projection_rebuilt.decisions')
        .catch(() => ({ rows: [] }));
      return rows[0] ? Number(rows[0].count) : null;
    };
    const answer = async () =>
      (JSON.parse(await (await client.send(`${listDecisions.path}?limit=50`)).text()) as { data: object[] }).data;
    const before = await answer();

    const run = await client.read(rebuilds.create, { body: {} });
    await until('a third is rebuilt', async () => ((await rebuiltRows()) ?? 0) > total / 3, 60_000);
    await platform!.kill();
    const kept = (await rebuiltRows())!;
    expect(kept).toBeLessThan(total);
    await start();

    let ended = false;
    let fewest = kept;
    const watching = (async () => {
      while (!ended) fewest = Math.min(fewest, (await rebuiltRows()) ?? fewest);
    })();
    const rebuilt = await client.ended(rebuilds, run).finally(() => (ended = true));
    await watching;
    expect(rebuilt).toMatchObject({ state: 'succeeded', healed_rows: 0, unreadable: [] });
    expect(rebuilt.tables!.find(({ table }) => table === 'decisions')).toMatchObject({ rows: total, differing: 0 });
    // What the first process had rebuilt was not rebuilt again.
    expect(fewest).toBe(kept);
    expect(await answer()).toEqual(before);
    await db.close();
  });
});
