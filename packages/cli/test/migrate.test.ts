import { curationRuns, listDecisions, recordDecision, recordDecisions, type DecisionView } from '@retort/contracts';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi, followRun } from '../src/api.ts';
import { waitForProjections } from '../src/loop.ts';
import { launchPlatform, type Platform } from '../src/platform.ts';
import { folder } from './folder.ts';
import { startRetort } from './retort.ts';

const tools = [{ name: 'help' }, { name: 'pay' }];
const decision = (index: number) => ({
  id: `d-${index}`,
  agent_id: ['loan', 'card', 'risk'][index % 3]!,
  context: { query: `question ${index}` },
  tools_available: tools,
  tool_selected: index % 2 === 0 ? 'help' : 'pay',
  tool_parameters: {},
});

let server: EventStoreDbServer;
let database: TestDatabase;
beforeAll(async () => {
  server = await startEventStoreDbServer();
  database = await testDatabase();
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

async function decisionsOf(platform: Platform, apiKey = platform.apiKey): Promise<DecisionView[]> {
  const api = connectApi({ url: platform.url, apiKey });
  await waitForProjections(api);
  const rows: DecisionView[] = [];
  for await (const row of api.lines(listDecisions)) rows.push(row);
  return rows;
}
/** Each log counts places in its own way. */
const placeless = (decisions: readonly DecisionView[]) => decisions.map(({ position: _, ...decision }) => decision);

describe('retort migrate', () => {
  it('moves a folder onto servers, where the same keys read the same decisions, and no id is recorded twice', async () => {
    const [data, target] = [await folder(), await folder()];
    const embedded = await launchPlatform({ folder: data, port: 0, environment: { RETORT_AUTO: 'false' } });
    const api = connectApi(embedded);
    await api.call(recordDecisions, { body: Array.from({ length: 60 }, (_, index) => decision(index)) });
    const run = await api.call(curationRuns.create, { body: {} });
    const { result } = await followRun(api, curationRuns, run, () => undefined);
    const before = await decisionsOf(embedded);
    await embedded.stop();

    const servers = {
      RETORT_EVENT_STORE: 'eventstoredb',
      RETORT_EVENT_STORE_URL: server.connectionString,
      RETORT_DATABASE_URL: database.url,
      RETORT_DATA_FOLDER: target,
      RETORT_LOG_LEVEL: 'error',
    };
    const migrate = async (...options: string[]) => {
      const { code, stdout, stderr } = await startRetort(
        ['migrate', '--data', data, '--json', ...options],
        servers,
      ).ended();
      return { code, stderr, report: (stdout === '' ? {} : JSON.parse(stdout)) as Record<string, unknown> };
    };
    const planned = await migrate('--dry-run');
    expect(planned, planned.stderr).toMatchObject({ code: 0, report: { dry_run: true, digest: null } });
    expect(planned.report['moved']).toBe(planned.report['events']);
    const moved = await migrate();
    expect(moved, moved.stderr).toMatchObject({ code: 0, report: { moved: planned.report['events'] } });
    const again = await migrate();
    expect(again).toMatchObject({
      code: 0,
      report: { moved: 0, copied: 0, events: moved.report['events'], digest: moved.report['digest'] },
    });

    const distributed = await launchPlatform({
      folder: target,
      port: 0,
      environment: { ...servers, RETORT_AUTO: 'false' },
    });
    try {
      expect(placeless(await decisionsOf(distributed, embedded.apiKey))).toEqual(placeless(before));
      const there = connectApi({ url: distributed.url, apiKey: embedded.apiKey });
      expect(await there.call(recordDecision, { body: decision(7) })).toMatchObject({ status: 'duplicate' });
      const repeated = await there.call(curationRuns.create, { body: {} });
      expect((await followRun(there, curationRuns, repeated, () => undefined)).result!.digest).toBe(result!.digest);
    } finally {
      await distributed.stop();
    }
    const late = await migrate();
    expect(late.code).not.toBe(0);
    expect(late.stderr).toContain('goes on behind the');
  });
}, 300_000);
