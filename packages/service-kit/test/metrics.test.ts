import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder, testDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  runQueue,
} from '../src/index.ts';

const log = createLogger({ level: 'silent' });
const closing: (() => Promise<unknown>)[] = [];
let scraped: string;

const training = defineService({
  name: 'teller',
  config: z.object({}),
  migrations: pathToFileURL(join(import.meta.dirname, 'migrations/teller/')),
  async build(context) {
    const { newId } = context;
    const queue = runQueue({ context, area: 'training' });
    await queue.prepare();
    const trace = { correlationId: 'test', causationId: null };
    for (const tenant of ['acme', 'globex']) await queue.enqueue({ runId: newId(), tenant, input: {}, trace });
    return {};
  },
});

beforeAll(async () => {
  const database = await testDatabase();
  const folder = await temporaryFolder('metrics');
  const config = infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path, drainDelayMs: 0 });
  const infrastructure = await connectInfrastructure(config, log);
  const listen = { host: '127.0.0.1', port: 0 };
  const host = await hostServices({ services: [training], infrastructure, listen, env: {}, log });
  closing.push(
    () => folder.remove(),
    () => database.drop(),
    () => infrastructure.close(),
    () => host.close(),
  );
  scraped = await (await fetch(`${host.url}/metrics`)).text();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** The value of the line with these labels. */
function valueOf(metric: string, ...labels: string[]): number {
  const line = scraped
    .split('\n')
    .find((one) => one.startsWith(`${metric}{`) && labels.every((label) => one.includes(label)));
  return Number(line?.split(' ').at(-1));
}

async function promtool(metrics: string): Promise<{ code: number | null; said: string }> {
  const child = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(metrics);
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  return { code, said };
}
const available = spawnSync('promtool', ['--version']).status === 0;

describe('the metrics of a process', () => {
  it('name the build, the room on the disk, the pools and the runs that wait', () => {
    expect(valueOf('retort_build_info', `node="${process.versions.node}"`)).toBe(1);
    expect(valueOf('retort_disk_free_bytes')).toBeGreaterThan(0);
    expect(valueOf('retort_disk_size_bytes')).toBeGreaterThan(valueOf('retort_disk_free_bytes'));
    for (const state of ['busy', 'idle', 'waiting'])
      expect(valueOf('retort_database_connections', 'pool="teller"', `state="${state}"`)).toBeGreaterThanOrEqual(0);
    expect(valueOf('retort_runs', 'kind="run"', 'state="queued"')).toBe(2);
  });

  it.skipIf(!available)('satisfy promtool, which finds fault with a metric that has no help', async () => {
    expect(await promtool(scraped)).toEqual({ code: 0, said: '' });
    expect((await promtool('# TYPE retort_nameless counter\nretort_nameless 1\n')).code).not.toBe(0);
  });
});
