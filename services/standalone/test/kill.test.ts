import { listDecisions, recordDecision } from '@retort/contracts';
import { testClient } from '@retort/service-testing';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatformProcess, type PlatformProcess } from './chaos/platform-process.ts';

const kills = Number(process.env['RETORT_KILLS'] ?? 2);
const writers = 8;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let running: PlatformProcess | undefined;

beforeAll(async () => {
  folder = await temporaryFolder('kill');
});
afterAll(async () => {
  await running?.stop();
  await folder.remove();
});

/** Starts the platform with its own database, as a user does. */
async function start() {
  const platform = await startPlatformProcess({ RETORT_DATA_FOLDER: folder.path });
  running = platform;
  return { platform, client: testClient({ url: platform.url, keyOf: async () => platform.apiKey }) };
}

function decision(id: string) {
  return {
    id,
    agent_id: 'loan',
    context: { query: `what about ${id}` },
    tools_available: [{ name: 'look_up' }],
    tool_selected: 'look_up',
  };
}

describe('a decision acknowledged with 201', () => {
  it(
    `is there after kill -9 of the platform, ${kills} times at moments of no choosing`,
    { timeout: 600_000 },
    async () => {
      const acknowledged: string[] = [];
      for (let round = 0; round < kills; round++) {
        const { platform, client } = await start();
        let alive = true;
        const write = async (writer: number) => {
          for (let number = 0; alive; number++) {
            const id = `${round}-${writer}-${number}`;
            // The connection breaks when the process dies: what was not acknowledged is not promised.
            const status = await client.call(recordDecision, { body: decision(id) }).then(
              (answer) => answer.status,
              () => 0,
            );
            if (status === 201) acknowledged.push(id);
          }
        };
        const before = acknowledged.length;
        const writing = Array.from({ length: writers }, (_, writer) => write(writer));
        await until('some decisions are acknowledged', () => acknowledged.length > before + 20 + 37 * round, 120_000);
        await platform.kill();
        alive = false;
        await Promise.all(writing);
      }

      const { client } = await start();
      const missing = async () => {
        const found = new Set((await client.lines(listDecisions)).map(({ id }) => id));
        return acknowledged.filter((id) => !found.has(id));
      };
      await until('the read model has caught up', async () => (await missing()).length === 0, 60_000);
      expect(await missing()).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(20 * kills);
    },
  );
});
