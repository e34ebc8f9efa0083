import {
  batchResult,
  curationRun,
  decisionReplay,
  decisionView,
  page,
  productRowsView,
  projectionListView,
  projectionRebuild,
  type DecisionReplayInput,
} from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

const runTimeoutMs = 120_000;
const early = '2026-03-01T09:00:00.000Z';
const late = '2026-03-02T09:00:00.000Z';
const words = ['balance', 'transfer', 'loan', 'rate', 'card', 'limit', 'branch', 'statement', 'fee', 'address'];

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
/** Versions of the training data, each with a moment after it was published and before anything else happened. */
let first: Published;
let second: Published;
let before: string;
interface Published {
  version: string;
  digest: string;
  moment: string;
}

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  database = await testDatabase();
  folder = await temporaryFolder('time');
  platform = await startPlatform(
    standaloneConfig.parse({
      ...{ databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 },
    }),
    createLogger({ level: 'silent' }),
  );
  await decide('early', early, 12);
  before = await nextMoment();
  first = await publish();
  // Known later: one of the first version's decisions had failed, and others were made.
  await call('POST', '/api/v1/decisions/early-3/outcome', z.looseObject({}), { success: false });
  await decide('late', late, 8);
  second = await publish();
}, 180_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await database.drop();
  await folder.remove();
});

async function call<Schema extends z.ZodType>(
  method: 'GET' | 'POST',
  path: string,
  schema: Schema,
  body?: unknown,
): Promise<z.infer<Schema>> {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.firstKey}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return schema.parse(JSON.parse(text));
}
const get = <Schema extends z.ZodType>(path: string, schema: Schema) => call('GET', path, schema);

async function decide(name: string, timestamp: string, count: number): Promise<void> {
  const decisions = Array.from({ length: count }, (_, index) => ({
    ...{ id: `${name}-${index}`, agent_id: 'loan', timestamp, tool_selected: 'look_up' },
    context: { query: `${name} asks about the ${words[index % words.length]} of account ${index * 7919}` },
    tools_available: [
      { name: 'look_up', parameters: { type: 'object', properties: { account: { type: 'integer' } } } },
    ],
    tool_parameters: { account: index },
  }));
  const { results } = await call('POST', '/api/v1/decisions:batch', batchResult, decisions);
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
}

const ended = <Schema extends z.ZodType<{ finished_at: string | null }>>(path: string, schema: Schema) =>
  until(
    'the run ends',
    async () => {
      const run = await get(path, schema);
      return run.finished_at === null ? null : run;
    },
    runTimeoutMs,
  );

/** A moment after everything that was recorded so far, and before everything that will be. */
async function nextMoment(): Promise<string> {
  const from = Date.now() + 2;
  const moment = await until('the clock to move on', () => Date.now() > from && new Date(Date.now()).toISOString());
  await until('the clock to move on', () => Date.now() > Date.parse(moment) + 2);
  return moment;
}

async function publish(): Promise<Published> {
  const { run_id } = await call('POST', '/api/v1/curation-runs', curationRun, { seed: 1 });
  const { result, error } = await ended(`/api/v1/curation-runs/${run_id}`, curationRun);
  expect(error).toBeNull();
  const moment = await nextMoment();
  await until(
    'the catalog to know the version',
    async () =>
      (await fetch(`${platform.url}${product}/versions/${result!.dataset_version}`, { headers: authorized() })).ok,
  );
  return { version: result!.dataset_version, digest: result!.digest, moment };
}
const authorized = () => ({ authorization: `Bearer ${platform.firstKey}` });
const product = '/api/v1/data-products/distillation_training_data';

async function replay(input: DecisionReplayInput) {
  const { run_id } = await call('POST', '/api/v1/decisions:replay', decisionReplay, input);
  const run = await ended(`/api/v1/decision-replays/${run_id}`, decisionReplay);
  expect(run.error).toBeNull();
  return run.result!;
}

describe('POST /decisions:replay', () => {
  it('makes the data of a past moment again, to the digest of the version published then', async () => {
    expect(first.digest).not.toBe(second.digest);
    for (const { version, digest, moment } of [first, second]) {
      const result = await replay({ recorded_as_of: moment });
      expect(result).toMatchObject({ digest, equal: true, published: { dataset_version: version, digest } });
    }
    expect(await replay({ dataset_version: first.version })).toMatchObject({ digest: first.digest, equal: true });
    expect(await replay({})).toMatchObject({ digest: second.digest, equal: true });
  });

  it('leaves out what had not happened by then, and says that this is not what was published', async () => {
    const result = await replay({ recorded_as_of: second.moment, as_of: early });
    expect(result).toMatchObject({ considered: 12, equal: false, published: { dataset_version: second.version } });
  });

  it('makes the data of a moment at which nothing was published yet, of what was known', async () => {
    const result = await replay({ recorded_as_of: before });
    expect(result).toMatchObject({ considered: 12, published: null, equal: null, digest: first.digest });
  });

  it('refuses a version that never was', async () => {
    await expect(replay({ dataset_version: 'v0' })).rejects.toThrow('404');
  });

  it('tells a history that was altered since, and agrees again once the projection was rebuilt from the log', async () => {
    const projection = database.connect({ schema: 'event_projection' });
    const forge = `update decisions set data = replace(data::text, 'early asks', 'early ASKS for')::json where id = 'early-5'`;
    expect((await projection.query(forge)).rowCount).toBe(1);
    expect(await replay({ recorded_as_of: first.moment })).toMatchObject({ equal: false });
    const { run_id } = await call('POST', '/api/v1/projections/decisions:rebuild', projectionRebuild);
    const rebuilt = await ended(`/api/v1/projections/decisions/rebuilds/${run_id}`, projectionRebuild);
    expect(rebuilt).toMatchObject({ state: 'succeeded', healed: true });
    expect(await replay({ recorded_as_of: first.moment })).toMatchObject({ equal: true });
  });
});

describe('a past moment', () => {
  it('of a decision does not know the outcome that was reported later', async () => {
    await until('the read models catch up', async () =>
      (await get('/api/v1/projections', projectionListView)).data.every(({ caught_up }) => caught_up),
    );
    const now = await get('/api/v1/decisions/early-3', decisionView);
    expect(now.outcome).toEqual({ success: false });
    const then = await get(`/api/v1/decisions/early-3?recorded_as_of=${first.moment}`, decisionView);
    expect(then.outcome ?? null).toBeNull();
    const history = await get(`/api/v1/decisions?recorded_as_of=${first.moment}`, page(decisionView));
    expect(history.data).toHaveLength(12);
    expect(history.data.every(({ outcome }) => !outcome)).toBe(true);
    const happened = await get(`/api/v1/decisions?as_of=${early}`, page(decisionView));
    expect(happened.data.map(({ id }) => id)).toEqual(history.data.map(({ id }) => id));
  });

  it('of the training data is the version of that moment, with the outcomes that were known', async () => {
    const rows = async (query: string) => await get(`${product}/rows?${query}`, productRowsView);
    const outcomeOf = ({ data }: z.infer<typeof productRowsView>) =>
      (data as { id: string; outcome?: unknown }[]).find(({ id }) => id === 'early-3')?.outcome ?? null;
    const then = await rows(`recorded_as_of=${first.moment}`);
    expect([then.version, outcomeOf(then)]).toEqual([first.version, null]);
    expect((await rows(`as_of=${first.moment}`)).version).toBe(first.version);
    expect((await rows('')).version).toBe(second.version);
    expect(outcomeOf(await rows(`version=${first.version}`))).toEqual({ success: false });
  });
});
