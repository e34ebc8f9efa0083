import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { batchResult, curationRun, modelView, projectionListView, trainingRun } from '@retort/contracts';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name }));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let running: ChildProcess | undefined;
let platform: { url: string; apiKey: string };

beforeAll(async () => {
  folder = await temporaryFolder('kill-training');
});
afterAll(async () => {
  if (running && running.exitCode === null && running.signalCode === null) {
    running.kill('SIGTERM');
    await once(running, 'exit');
  }
  await folder.remove();
});

/** Starts the platform with its own database, as a user does. */
async function start(): Promise<void> {
  running = fork(main, [], {
    execArgv: ['--conditions=source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, RETORT_DATA_FOLDER: folder.path, RETORT_PORT: '0', RETORT_AUTO: 'false' },
  });
  [platform] = (await once(running, 'message')) as [typeof platform];
}

async function ask<Schema extends z.ZodType>(
  method: 'GET' | 'POST',
  path: string,
  schema: Schema,
  body?: unknown,
): Promise<z.infer<Schema>> {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.apiKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return schema.parse(JSON.parse(text));
}

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
        await ask('POST', '/decisions:batch', batchResult, decisions.slice(first, first + 200));
      await until('the read models catch up', async () =>
        (await ask('GET', '/projections', projectionListView)).data.every((reader) => reader.caught_up),
      );
      const curation = await ask('POST', '/curation-runs', curationRun, {});
      await until(
        'curated',
        async () => (await ask('GET', `/curation-runs/${curation.run_id}`, curationRun)).state === 'succeeded',
      );
      // Long enough that nobody can miss it.
      const { run_id } = await ask('POST', '/training-runs', trainingRun, { configuration: { epochs: 300 } });
      const run = () => ask('GET', `/training-runs/${run_id}`, trainingRun);
      await until(
        'the student is being taught',
        async () => (await run()).progress.step.startsWith('the tool'),
        60_000,
      );

      running!.kill('SIGKILL');
      await once(running!, 'exit');
      await start();

      // Of the process that died, or for the next to take up: its heartbeat may have expired by now.
      expect(['running', 'queued']).toContain((await run()).state);
      const ended = await until(
        'the run ends',
        async () => {
          const now = await run();
          return ['succeeded', 'failed', 'cancelled'].includes(now.state) ? now : undefined;
        },
        400_000,
      );
      expect(ended).toMatchObject({ state: 'succeeded', deployed: true, error: null });
      expect(await ask('GET', '/models/tool-calling', modelView)).toMatchObject({
        serving: ended.model_version,
        versions: 1,
      });
      const events = await fetch(`${platform.url}/api/v1/training-runs/${run_id}/events`, {
        headers: { authorization: `Bearer ${platform.apiKey}` },
      });
      const ids = [...(await events.text()).matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
      expect(ids).toEqual(ids.map((_, index) => index + 1));
    },
  );
});
