import { curationRuns, getModel, recordDecisions, trainingRuns, urlOf } from '@retort/contracts';
import { testClient } from '@retort/service-testing';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatformProcess, type PlatformProcess } from './chaos/platform-process.ts';
import { caughtUp } from './harness.ts';

const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name }));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: PlatformProcess | undefined;

beforeAll(async () => {
  folder = await temporaryFolder('kill-training');
});
afterAll(async () => {
  await platform?.stop();
  await folder.remove();
});

/** Starts the platform with its own database, as a user does. */
async function start(): Promise<void> {
  platform = await startPlatformProcess({ RETORT_DATA_FOLDER: folder.path });
}
const client = testClient({
  get url() {
    return platform!.url;
  },
  keyOf: async () => platform!.apiKey,
});

describe('a training run', () => {
  it(
    'under way at kill -9 of the platform is taken up again by the next process, to one student',
    { timeout: 600_000 },
    async () => {
      await start();
      const decisions = Array.from({ length: 600 }, (_, index) => ({
        id: `d${index}`,
        agent_id: 'bank',
        context: { query: `please, the ${words[index % 3]} of customer ${index}` },
        tools_available: tools,
        tool_selected: tools[index % 3]!.name,
      }));
      for (let first = 0; first < decisions.length; first += 200)
        await client.read(recordDecisions, { body: decisions.slice(first, first + 200) });
      await caughtUp(client);
      await client.run(curationRuns, { body: {} });
      // Long enough that nobody can miss it.
      const { run_id } = await client.read(trainingRuns.create, { body: { configuration: { epochs: 300 } } });
      const params = { run_id };
      const run = () => client.read(trainingRuns.get, { params });
      await until(
        'the student is being taught',
        async () => (await run()).progress.step.startsWith('the tool'),
        60_000,
      );

      await platform!.kill();
      await start();

      // Of the process that died, or for the next to take up: its heartbeat may have expired by now.
      expect(['running', 'queued']).toContain((await run()).state);
      const ended = await client.ended(trainingRuns, { run_id });
      expect(ended).toMatchObject({ state: 'succeeded', deployed: true, error: null });
      expect(await client.read(getModel, { params: { model: 'tool-calling' } })).toMatchObject({
        serving: ended.model_version,
        versions: 1,
      });
      const events = await client.send(urlOf(trainingRuns.events, { params }));
      const ids = [...(await events.text()).matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
      expect(ids).toEqual(ids.map((_, index) => index + 1));
    },
  );
});
