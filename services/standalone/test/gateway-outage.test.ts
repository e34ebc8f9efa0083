import { setTimeout as delay } from 'node:timers/promises';
import { createChatCompletion, getDecision, urlOf } from '@retort/contracts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { createLogger } from '@retort/service-kit';
import { testClient, type TestClient } from '@retort/service-testing';
import { temporaryFolder, until } from '@retort/testing';
import { calling, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { caughtUp } from './harness.ts';

vi.setConfig({ testTimeout: 300_000 });
const patienceMs = 120_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let postgres: EmbeddedPostgres;
let platform: Platform;
let client: TestClient;
let teacher: Teacher;
beforeAll(async () => {
  teacher = await startTeacher(calling(() => 'get_balance'));
  vi.stubEnv('RETORT_AUTO', 'false');
  vi.stubEnv('RETORT_GATEWAY_TEACHER_BASE_URL', teacher.url);
  folder = await temporaryFolder('gateway-outage');
  postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres`, ephemeral: true });
  const settings = { databaseUrl: postgres.url(), dataFolder: folder.path, port: 0, drainDelayMs: 0 };
  platform = await startPlatform(standaloneConfig.parse(settings), createLogger({ level: 'silent' }));
  client = testClient({ url: platform.url, keyOf: () => platform.folderKey() });
  await caughtUp(client);
}, 180_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await postgres.stop();
  await folder.remove();
  await teacher.close();
});

/** Agents that go on asking until they are told to stop: the decisions that the answers named, and answers other than 200. */
function load(agents: number) {
  const named: string[] = [];
  const refused: number[] = [];
  let goesOn = true;
  const working = Array.from({ length: agents }, async (_, agent) => {
    for (let turn = 0; goesOn; turn++) {
      const answer = await client.send(urlOf(createChatCompletion), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'the-teacher',
          messages: [{ role: 'user', content: `the balance of ${agent}, for the ${turn}. time` }],
          tools: [{ type: 'function', function: { name: 'get_balance' } }],
        }),
      });
      await answer.text();
      if (answer.status !== 200) refused.push(answer.status);
      const id = answer.headers.get('x-retort-decision-id');
      if (id !== null) named.push(id);
      await delay(5);
    }
  });
  return { named, refused, stop: () => ((goesOn = false), Promise.all(working)) };
}

const turns = async () => {
  const text = await (await fetch(new URL('/metrics', platform.url))).text();
  const found = [...text.matchAll(/^retort_gateway_turns_total\{.*outcome="(\w+)".*\} (\d+)$/gm)];
  return Object.fromEntries(found.map(([, outcome, count]) => [outcome, Number(count)]));
};

describe('a gateway whose database is killed under load', () => {
  it('goes on answering, and every turn that an answer named is on the record afterwards', async () => {
    const working = load(8);
    await until('turns to be recorded', () => working.named.length > 50);
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    const before = working.named.length;
    await until('the server to be started again', () => postgres.pid !== pid, patienceMs);
    await until('answers meanwhile', () => working.named.length > before + 50);
    await until('it to be ready', async () => (await fetch(`${platform.url}/readyz`)).ok, patienceMs);
    await working.stop();
    expect(working.refused).toEqual([]);
    expect((await turns())['dropped'] ?? 0).toBe(0);
    const missing = new Set(working.named);
    await until(
      'every turn to be on the record',
      async () => {
        for (const id of missing)
          if ((await client.call(getDecision, { params: { id } })).status === 200) missing.delete(id);
          else break;
        return missing.size === 0;
      },
      patienceMs,
    );
  });
});
