import {
  curationRejection,
  curationRun,
  datasetView,
  page,
  scopes,
  topics,
  trainingRow,
  type DecisionView,
} from '@retort/contracts';
import { toBusMessage } from '@retort/event-bus';
import { digestOf } from '@retort/kernel';
import {
  connectInfrastructure,
  hostServices,
  infrastructureConfig,
  recordEvent,
  type Host,
  type Infrastructure,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { service } from '../src/index.ts';
import { collect } from './collect.ts';
import { decision, historyFixture } from './history-fixture.ts';

// The first run waits for a worker thread to load its sources.
vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let infrastructure: Infrastructure;
let host: Host;
const keys = new Map<string, string>();

const noFailure = { success: true };
const decisions: DecisionView[] = [
  decision('a-1'),
  // The same question again, in other punctuation: a duplicate of a-1.
  decision('a-2', { context: { query: 'What is on account a-1?' } }),
  // The same question answered otherwise: a conflict with a-1.
  decision('b-1', { context: { query: 'what is on account a-1' }, tool_selected: null }),
  decision('c-1', {
    context: { query: 'send 12 to Ada', balance: 40 },
    tool_selected: 'transfer',
    tool_parameters: { amount: 12 },
  }),
  decision('d-1', { outcome: { success: false } }),
  decision('e-1', { tool_selected: 'transfer', tool_parameters: { amount: 'twelve' } }),
  decision('f-1', { decided_by: { kind: 'student', model_version: 'm1' } }),
  decision('g-1', { context: {} }),
  decision('h-1', { context: { query: 'close my account' }, outcome: noFailure, tenant: 'globex' }),
];

beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('curation');
  infrastructure = await connectInfrastructure(
    infrastructureConfig.parse({
      ...{ databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 },
    }),
  );
  host = await hostServices({
    services: [service, historyFixture(decisions)],
    infrastructure,
    settings: { curation: { newDecisions: 1_000_000, pollMs: 3_600_000 } },
  });
  for (const tenant of ['acme', 'globex']) {
    const { secret } = await host.keys.create({ tenant, name: 'test', scopes: [...scopes] });
    keys.set(tenant, secret);
  }
}, 120_000);

afterAll(async () => {
  await host?.close();
  await infrastructure?.close();
  await database?.drop();
  await folder?.remove();
});

type Asked = Omit<RequestInit, 'headers'> & { tenant?: string; headers?: Record<string, string> };

function ask(path: string, { tenant = 'acme', ...init }: Asked = {}) {
  const headers: Record<string, string> = {
    authorization: `Bearer ${keys.get(tenant)}`,
    ...(init.body ? { 'content-type': 'application/json' } : {}),
    ...init.headers,
  };
  return fetch(`${host.url}${path}`, { ...init, headers });
}

async function curate(parameters: object = {}, tenant = 'acme') {
  const accepted = await ask('/api/v1/curation-runs', { method: 'POST', body: JSON.stringify(parameters), tenant });
  expect(accepted.status).toBe(202);
  const location = accepted.headers.get('location')!;
  return until(
    'the run ends',
    async () => {
      const run = curationRun.parse(await (await ask(location, { tenant })).json());
      return run.finished_at === null ? null : run;
    },
    110_000,
  );
}

describe('a curation run', () => {
  it('makes a version of what is fit to learn from, says why the rest is not, and announces it', async () => {
    const run = await curate();
    expect(run).toMatchObject({ state: 'succeeded', error: null, progress: { fraction: 1 } });
    expect(run.result).toMatchObject({
      ...{ rows: 3, considered: 8, duplicates: 1, conflicts: 2, product: 'distillation_training_data' },
      rejected: { duplicate: 1, failed: 1, 'schema-invalid': 1, 'student-decided': 1, empty: 1 },
    });

    const rejections = page(curationRejection).parse(
      await (await ask(`/api/v1/curation-runs/${run.run_id}/rejections`)).json(),
    );
    expect(rejections.data).toEqual([
      { decision_id: 'a-2', reason: 'duplicate', keeper: 'a-1' },
      { decision_id: 'd-1', reason: 'failed', keeper: null },
      { decision_id: 'e-1', reason: 'schema-invalid', keeper: null },
      { decision_id: 'f-1', reason: 'student-decided', keeper: null },
      { decision_id: 'g-1', reason: 'empty', keeper: null },
    ]);

    const events = await collect(infrastructure.events.readStream('dataset-acme.distillation_training_data'));
    expect(events.map(({ type }) => type)).toEqual(['TRAINING_DATA_CURATED']);
    expect(JSON.parse(events[0]!.json)).toEqual(run.result);
  });

  it('gives the keeper of duplicates their weight, and its rows as pages and as a stream', async () => {
    const { result } = await curate();
    const version = `/api/v1/datasets/${result!.dataset_version}`;
    const whole = await (await ask(`${version}/rows`, { headers: { accept: 'application/x-ndjson' } })).text();
    const rows = whole
      .trim()
      .split('\n')
      .map((line) => trainingRow.parse(JSON.parse(line)));
    expect(rows.map(({ id, weight }) => [id, weight])).toEqual([
      ['a-1', 2],
      ['b-1', 1],
      ['c-1', 1],
    ]);

    const first = page(trainingRow).parse(await (await ask(`${version}/rows?limit=2`)).json());
    const rest = await ask(`${version}/rows?limit=2&cursor=${encodeURIComponent(first.next_cursor!)}`);
    const second = page(trainingRow).parse(await rest.json());
    expect([...first.data, ...second.data]).toEqual(rows);
    expect(second.has_more).toBe(false);
  });

  it('finds the same content to be the same version, and keeps its manifest as an artifact', async () => {
    const [first, second] = [await curate(), await curate()];
    expect(second.result!.dataset_version).toBe(first.result!.dataset_version);
    const answer = await ask(`/api/v1/datasets/${first.result!.dataset_version}`);
    const dataset = datasetView.parse(await answer.json());
    const manifest = await infrastructure.artifacts.get(dataset.manifest);
    expect(digestOf(manifest)).toBe(dataset.manifest);
    expect(JSON.parse(Buffer.from(manifest).toString())).toMatchObject({
      digest: dataset.digest,
      rows: { ids: ['a-1', 'b-1', 'c-1'], positions: ['1/1', '1/3', '1/4'] },
    });
    const tag = answer.headers.get('etag')!;
    const again = await ask(`/api/v1/datasets/${first.result!.dataset_version}`, { headers: { 'if-none-match': tag } });
    expect(again.status).toBe(304);
  });

  it('refuses to stream rows that are no longer those the version was made of', async () => {
    const { result } = await curate();
    const [original] = decisions.splice(0, 1, decision('a-1', { context: { query: 'something else' } }));
    const answer = await ask(`/api/v1/datasets/${result!.dataset_version}/rows`, {
      headers: { accept: 'application/x-ndjson' },
    });
    decisions[0] = original!;
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ type: 'urn:retort:problem:curation.digest-mismatch' });
  });

  it("keeps to its tenant: another's runs, rejections and data sets are not there", async () => {
    const run = await curate({}, 'globex');
    expect(run.result).toMatchObject({ rows: 1, considered: 1 });
    const paths = [
      `/api/v1/curation-runs/${run.run_id}`,
      `/api/v1/curation-runs/${run.run_id}/rejections`,
      `/api/v1/datasets/${run.result!.dataset_version}`,
      `/api/v1/datasets/${run.result!.dataset_version}/rows`,
    ];
    for (const path of paths) expect((await ask(path)).status).toBe(404);
  });

  it('ends as failed, with a reason, when there is nothing to curate', async () => {
    const { secret } = await host.keys.create({ tenant: 'initech', name: 'test', scopes: [...scopes] });
    keys.set('initech', secret);
    expect(await curate({}, 'initech')).toMatchObject({
      state: 'failed',
      error: { code: 'curation.no-decisions' },
    });
  });

  it('can be cancelled; one that has ended stays as it is', async () => {
    const run = await curate();
    const answer = await ask(`/api/v1/curation-runs/${run.run_id}:cancel`, { method: 'POST' });
    expect(curationRun.parse(await answer.json())).toEqual(run);
  });

  it('refuses parameters that contradict each other or are out of bounds, by pointer', async () => {
    const refused = async (body: object) => {
      const answer = await ask('/api/v1/curation-runs', { method: 'POST', body: JSON.stringify(body) });
      const problem = (await answer.json()) as { errors: { pointer: string }[] };
      return [answer.status, problem.errors.map(({ pointer }) => pointer)];
    };
    expect(await refused({ epsilon: 0.1, keep_ratio: 0.5 })).toEqual([400, ['/keep_ratio']]);
    expect(await refused({ epsilon: 2 })).toEqual([400, ['/epsilon']]);
    expect((await ask('/api/v1/curation-runs?limit=0')).status).toBe(400);
    expect((await ask('/api/v1/datasets?cursor=nonsense')).status).toBe(400);
  });
});

describe('the curator', () => {
  it('answers RETRAIN_TRIGGERED with a run that names the event as its cause', async () => {
    const trace = { correlationId: 'loop-7', causationId: null };
    const cause = await recordEvent(
      { events: infrastructure.events, clock: () => new Date(), newId: () => crypto.randomUUID() },
      {
        ...{ type: 'RETRAIN_TRIGGERED', tenant: 'acme', aggregateId: 'tool-calling', trace },
        data: { model: 'tool-calling', reason: 'agreement fell' },
      },
    );
    for await (const event of infrastructure.events.readAll({ filter: { types: ['RETRAIN_TRIGGERED'] } }))
      await infrastructure.bus.publish([toBusMessage(event, { topic: topics.evaluations, source: '/test' })]);
    const caused = await until(
      'the data set is announced',
      async () => {
        const stream = infrastructure.events.readStream('dataset-acme.distillation_training_data');
        return (await collect(stream)).find(({ causationId }) => causationId === cause);
      },
      110_000,
    );
    expect(caused).toMatchObject({ type: 'TRAINING_DATA_CURATED', correlationId: 'loop-7' });
  });
});
