import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const kills = Number(process.env['RETORT_KILLS'] ?? 2);
const writers = 8;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let running: ChildProcess | undefined;

beforeAll(async () => {
  folder = await temporaryFolder('kill');
});
afterAll(async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    running.kill('SIGTERM');
    await once(running, 'exit');
  }
  await folder.remove();
});

/** Starts the platform with its own database, as a user does. */
async function start(): Promise<{ child: ChildProcess; url: string; apiKey: string }> {
  const child = fork(main, [], {
    execArgv: ['--conditions=source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, RETORT_DATA_FOLDER: folder.path, RETORT_PORT: '0', RETORT_AUTO: 'false' },
  });
  running = child;
  const [ready] = (await once(child, 'message')) as [{ url: string; apiKey: string }];
  return { child, url: ready.url, apiKey: ready.apiKey };
}

function decision(id: string) {
  return JSON.stringify({
    id,
    agent_id: 'loan',
    context: { query: `what about ${id}` },
    tools_available: [{ name: 'look_up' }],
    tool_selected: 'look_up',
  });
}

describe('a decision acknowledged with 201', () => {
  it(
    `is there after kill -9 of the platform, ${kills} times at moments of no choosing`,
    { timeout: 600_000 },
    async () => {
      const acknowledged: string[] = [];
      for (let round = 0; round < kills; round++) {
        const { child, url, apiKey } = await start();
        const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
        let alive = true;
        const write = async (writer: number) => {
          for (let number = 0; alive; number++) {
            const id = `${round}-${writer}-${number}`;
            // The connection breaks when the process dies: what was not acknowledged is not promised.
            const status = await fetch(`${url}/api/v1/decisions`, { method: 'POST', headers, body: decision(id) }).then(
              (response) => response.status,
              () => 0,
            );
            if (status === 201) acknowledged.push(id);
          }
        };
        const before = acknowledged.length;
        const writing = Array.from({ length: writers }, (_, writer) => write(writer));
        await until('some decisions are acknowledged', () => acknowledged.length > before + 20 + 37 * round, 120_000);
        child.kill('SIGKILL');
        await once(child, 'exit');
        alive = false;
        await Promise.all(writing);
      }

      const { url, apiKey } = await start();
      const headers = { authorization: `Bearer ${apiKey}` };
      const missing = async () => {
        const found = new Set<string>();
        const response = await fetch(`${url}/api/v1/decisions`, {
          headers: { ...headers, accept: 'application/x-ndjson' },
        });
        for (const line of (await response.text()).split('\n'))
          if (line !== '') found.add((JSON.parse(line) as { id: string }).id);
        return acknowledged.filter((id) => !found.has(id));
      };
      await until('the read model has caught up', async () => (await missing()).length === 0, 60_000);
      expect(await missing()).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(20 * kills);
    },
  );
});
