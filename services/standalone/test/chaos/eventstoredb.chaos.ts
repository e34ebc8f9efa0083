import { startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { temporaryFolder, until } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from './load.ts';
import { startPlatformProcess, type PlatformProcess } from './platform-process.ts';
import { moments, rounds } from './rounds.ts';
import { byAgent, verify } from './verify.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let postgres: EmbeddedPostgres;
let server: EventStoreDbServer;
let platform: PlatformProcess;

beforeAll(async () => {
  folder = await temporaryFolder('chaos-eventstoredb');
  postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
  server = await startEventStoreDbServer();
  platform = await startPlatformProcess({
    RETORT_DATABASE_URL: postgres.url(),
    RETORT_DATA_FOLDER: `${folder.path}/data`,
    RETORT_EVENT_STORE: 'eventstoredb',
    RETORT_EVENT_STORE_URL: server.connectionString,
  });
});
afterAll(async () => {
  await platform.stop();
  await server.stop();
  await postgres.stop();
  await folder.remove();
});

const heldMs = 300;

/** As the server's log has them: an event that is there twice is there twice here. */
async function inTheLog(): Promise<Record<string, string[]>> {
  const decisions = server.log.events.filter(({ type }) => type === 'AGENT_TOOL_SELECTED');
  return byAgent(
    decisions.map(({ data }) => {
      const { agent_id, id } = JSON.parse(Buffer.from(data).toString('utf8')) as { agent_id: string; id: string };
      return { agent: agent_id, id };
    }),
  );
}

describe(`EventStoreDB, killed, frozen and with its replies held back, ${rounds} times under load over HTTP`, () => {
  it('loses no acknowledged decision, records none twice, and keeps every agent’s order', async () => {
    const moment = moments('event store');
    const kill = async () => {
      await moment();
      await server.stop();
      await server.restart();
    };
    /** What was stored and never answered is sent again to a server that remembers none of it. */
    const killHoldingReplies = async () => {
      server.holdReplies(heldMs);
      await until('replies are held back', () => server.repliesHeld() > 0);
      await kill();
      server.holdReplies(0);
    };
    const freeze = async () => {
      server.freeze();
      await moment();
      server.thaw();
    };
    const changeLeader = async () => {
      await moment();
      server.changeLeader();
    };
    const disasters = [kill, killHoldingReplies, freeze, changeLeader];
    const load = startLoad(() => platform);
    for (let round = 0; round < rounds; round++) {
      const before = load.acknowledged();
      await until('decisions are acknowledged', () => load.acknowledged() > before + 50, 120_000);
      await disasters[round % disasters.length]!();
    }
    const written = await load.stop();
    expect(load.acknowledged()).toBeGreaterThan(50 * rounds);
    await verify(platform, { inTheLog, written });
    process.stdout.write(`chaos, event store: ${load.acknowledged()} decisions, lost 0, twice 0\n`);
  });
});
