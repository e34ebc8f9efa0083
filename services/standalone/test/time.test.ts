import {
  curationRuns,
  decisionReplays,
  getDataProductVersion,
  getDecision,
  listDataProductRows,
  listDecisions,
  projectionRebuilds,
  recordDecisions,
  reportOutcome,
  type DecisionReplayInput,
  type RequestOf,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

const early = '2026-03-01T09:00:00.000Z';
const late = '2026-03-02T09:00:00.000Z';
const words = ['balance', 'transfer', 'loan', 'rate', 'card', 'limit', 'branch', 'statement', 'fee', 'address'];

let platform: TestPlatform;
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
  platform = await startTestPlatform('time');
  await decide('early', early, 12);
  before = await nextMoment();
  first = await publish();
  // Known later: one of the first version's decisions had failed, and others were made.
  await platform.read(reportOutcome, { params: { id: 'early-3' }, body: { success: false } });
  await decide('late', late, 8);
  second = await publish();
}, 180_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
});

async function decide(name: string, timestamp: string, count: number): Promise<void> {
  const decisions = Array.from({ length: count }, (_, index) => ({
    id: `${name}-${index}`,
    agent_id: 'loan',
    timestamp,
    tool_selected: 'look_up',
    context: { query: `${name} asks about the ${words[index % words.length]} of account ${index * 7919}` },
    tools_available: [
      { name: 'look_up', parameters: { type: 'object', properties: { account: { type: 'integer' } } } },
    ],
    tool_parameters: { account: index },
  }));
  const { results } = await platform.read(recordDecisions, { body: decisions });
  expect(results.flatMap(({ problem }) => problem ?? [])).toEqual([]);
}

/** A moment after everything that was recorded so far, and before everything that will be. */
async function nextMoment(): Promise<string> {
  const from = Date.now() + 2;
  const moment = await until('the clock to move on', () => Date.now() > from && new Date(Date.now()).toISOString());
  await until('the clock to move on', () => Date.now() > Date.parse(moment) + 2);
  return moment;
}

async function publish(): Promise<Published> {
  const { result, error } = await platform.run(curationRuns, { body: { seed: 1 } });
  expect(error).toBeNull();
  const moment = await nextMoment();
  const version = result!.dataset_version;
  await until(
    'the catalog to know the version',
    async () => (await platform.call(getDataProductVersion, { params: { ...product, version } })).status === 200,
  );
  return { version, digest: result!.digest, moment };
}
const product = { name: 'distillation_training_data' };

async function replay(input: DecisionReplayInput) {
  const run = await platform.run(decisionReplays, { body: input });
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
    await expect(replay({ dataset_version: 'v0' })).rejects.toThrow('curation.dataset-unknown');
  });

  it('tells a history that was altered since, and agrees again once the projection was rebuilt from the log', async () => {
    const projection = platform.database.connect({ schema: 'event_projection' });
    const forge = `update decisions set data = replace(data::text, 'early asks', 'early ASKS for')::json where id = 'early-5'`;
    expect((await projection.query(forge)).rowCount).toBe(1);
    expect(await replay({ recorded_as_of: first.moment })).toMatchObject({ equal: false });
    const rebuilt = await platform.run(projectionRebuilds, {});
    expect(rebuilt).toMatchObject({ state: 'succeeded', healed: true });
    expect(await replay({ recorded_as_of: first.moment })).toMatchObject({ equal: true });
  });
});

describe('a past moment', () => {
  it('of a decision does not know the outcome that was reported later', async () => {
    await caughtUp(platform);
    const { moment: recorded_as_of } = first;
    const params = { id: 'early-3' };
    const now = await platform.read(getDecision, { params });
    expect(now.outcome).toEqual({ success: false });
    const then = await platform.read(getDecision, { params, query: { recorded_as_of } });
    expect(then.outcome ?? null).toBeNull();
    const history = await platform.read(listDecisions, { query: { recorded_as_of } });
    expect(history.data).toHaveLength(12);
    expect(history.data.every(({ outcome }) => !outcome)).toBe(true);
    const happened = await platform.read(listDecisions, { query: { as_of: early } });
    expect(happened.data.map(({ id }) => id)).toEqual(history.data.map(({ id }) => id));
  });

  it('of the training data is the version of that moment, with the outcomes that were known', async () => {
    const rows = (query: RequestOf<typeof listDataProductRows>['query'] = {}) =>
      platform.read(listDataProductRows, { params: product, query });
    const outcomeOf = ({ data }: Awaited<ReturnType<typeof rows>>) =>
      data.find(({ id }) => id === 'early-3')?.['outcome'] ?? null;
    const then = await rows({ recorded_as_of: first.moment });
    expect([then.version, outcomeOf(then)]).toEqual([first.version, null]);
    expect((await rows({ as_of: first.moment })).version).toBe(first.version);
    expect((await rows()).version).toBe(second.version);
    expect(outcomeOf(await rows({ version: first.version }))).toEqual({ success: false });
  });
});
