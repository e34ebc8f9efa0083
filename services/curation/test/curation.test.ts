import {
  curationRuns,
  decisionReplays,
  getDataset,
  listCurationRejections,
  listDatasetRows,
  listDatasets,
  urlOf,
  type DecisionView,
} from '@retort/contracts';
import { digestOf } from '@retort/kernel';
import { startService, type StartedService } from '@retort/service-testing';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { service } from '../src/service.ts';
import { decision, historyStubs } from './history-stub.ts';

// The first run waits for a worker thread to load its sources.
vi.setConfig({ testTimeout: 120_000 });

let platform: StartedService;

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
  platform = await startService(service, {
    stubs: historyStubs(decisions),
    settings: { newDecisions: 1_000_000, pollMs: 3_600_000 },
  });
}, 120_000);

afterAll(() => platform?.close());

const curate = (body = {}, tenant = 'acme') => platform.run(curationRuns, { body, tenant });
const announced = () => platform.stream('dataset-acme.distillation_training_data');

describe('a curation run', () => {
  it('makes a version of what is fit to learn from, says why the rest is not, and announces it', async () => {
    const run = await curate();
    expect(run).toMatchObject({ state: 'succeeded', error: null, progress: { fraction: 1 } });
    expect(run.result).toMatchObject({
      rows: 3,
      considered: 8,
      duplicates: 1,
      conflicts: 2,
      product: 'distillation_training_data',
      rejected: { duplicate: 1, failed: 1, 'schema-invalid': 1, 'student-decided': 1, empty: 1 },
    });

    const { body: rejections } = await platform.call(listCurationRejections, { params: { run_id: run.run_id } });
    expect(rejections.data).toEqual([
      { decision_id: 'a-2', reason: 'duplicate', keeper: 'a-1' },
      { decision_id: 'd-1', reason: 'failed', keeper: null },
      { decision_id: 'e-1', reason: 'schema-invalid', keeper: null },
      { decision_id: 'f-1', reason: 'student-decided', keeper: null },
      { decision_id: 'g-1', reason: 'empty', keeper: null },
    ]);

    const events = await announced();
    expect(events.map(({ type }) => type)).toEqual(['TRAINING_DATA_CURATED']);
    expect(JSON.parse(events[0]!.json)).toEqual(run.result);
  });

  it('gives the keeper of duplicates their weight, and its rows as pages and as a stream', async () => {
    const { result } = await curate();
    const params = { version: result!.dataset_version };
    const rows = await platform.lines(listDatasetRows, { params });
    expect(rows.map(({ id, weight }) => [id, weight])).toEqual([
      ['a-1', 2],
      ['b-1', 1],
      ['c-1', 1],
    ]);

    const { body: first, headers } = await platform.call(listDatasetRows, { params, query: { limit: 2 } });
    const { body: second } = await platform.call(listDatasetRows, {
      params,
      query: { limit: 2, cursor: first.next_cursor! },
    });
    expect([...first.data, ...second.data]).toEqual(rows);
    expect(second.has_more).toBe(false);
    const next = /<(.*)>; rel="next"/.exec(headers.get('link')!)![1]!;
    expect(await (await platform.send(next)).json()).toEqual(second);
  });

  it('finds the same content to be the same version, and keeps its manifest as an artifact', async () => {
    const [first, second] = [await curate(), await curate()];
    expect(second.result!.dataset_version).toBe(first.result!.dataset_version);
    const params = { version: first.result!.dataset_version };
    const { body: dataset, headers } = await platform.call(getDataset, { params });
    const manifest = await platform.infrastructure.artifacts.get(dataset.manifest);
    expect(digestOf(manifest)).toBe(dataset.manifest);
    expect(JSON.parse(Buffer.from(manifest).toString())).toMatchObject({
      digest: dataset.digest,
      rows: { ids: ['a-1', 'b-1', 'c-1'], positions: ['1/1', '1/3', '1/4'] },
    });
    const again = await platform.call(getDataset, { params, headers: { 'if-none-match': headers.get('etag')! } });
    expect(again.status).toBe(304);
  });

  it('refuses to stream rows that are no longer those the version was made of', async () => {
    const { result } = await curate();
    const [original] = decisions.splice(0, 1, decision('a-1', { context: { query: 'something else' } }));
    const streamed = platform.lines(listDatasetRows, { params: { version: result!.dataset_version } });
    await expect(streamed).rejects.toThrow('/errors#curation.digest-mismatch');
    decisions[0] = original!;
  });

  it("keeps to its tenant: another's runs, rejections and data sets are not there", async () => {
    const run = await curate({}, 'globex');
    expect(run.result).toMatchObject({ rows: 1, considered: 1 });
    const ofRun = { params: { run_id: run.run_id } };
    const ofVersion = { params: { version: run.result!.dataset_version } };
    const foreign = [
      platform.call(curationRuns.get, ofRun),
      platform.call(curationRuns.events, ofRun),
      platform.call(curationRuns.resume, ofRun),
      platform.call(listCurationRejections, ofRun),
      platform.call(getDataset, ofVersion),
      platform.call(listDatasetRows, ofVersion),
    ];
    for (const { status } of await Promise.all(foreign)) expect(status).toBe(404);
  });

  it('ends as failed, with a reason, when there is nothing to curate', async () => {
    expect(await curate({}, 'initech')).toMatchObject({
      state: 'failed',
      error: { code: 'curation.no-decisions' },
    });
  });

  it('can be cancelled; one that has ended stays as it is', async () => {
    const run = await curate();
    const { body } = await platform.call(curationRuns.cancel, { params: { run_id: run.run_id } });
    expect(body).toEqual(run);
  });

  it('is listed, the newest first, and tells its steps and its end as they happen', async () => {
    const run = await curate();
    const { body } = await platform.call(curationRuns.list, { query: { limit: 1 } });
    expect(body.data).toEqual([run]);
    const stream = await platform.send(urlOf(curationRuns.events, { params: { run_id: run.run_id } }));
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const text = await stream.text();
    expect(text).toMatch(/^id: 1\nevent: progress\ndata: \{.*"step":"reading"/);
    expect(JSON.parse(/event: done\ndata: (.*)\n/.exec(text)![1]!)).toEqual(run);
  });

  it('is queued again by resume when it failed', async () => {
    const failed = await curate({}, 'umbrella');
    expect(failed.state).toBe('failed');
    const params = { run_id: failed.run_id };
    const { body } = await platform.call(curationRuns.resume, { params, tenant: 'umbrella' });
    expect(body).toMatchObject({ state: 'queued', error: null, finished_at: null });
  });

  it('refuses parameters that contradict each other or are out of bounds, by pointer', async () => {
    const refused = async (body: object) => {
      const { status, problem } = await platform.call(curationRuns.create, { body });
      return [status, problem!.errors!.map(({ pointer }) => pointer)];
    };
    expect(await refused({ epsilon: 0.1, keep_ratio: 0.5 })).toEqual([400, ['/keep_ratio']]);
    expect(await refused({ epsilon: 2 })).toEqual([400, ['/epsilon']]);
    expect((await platform.call(curationRuns.list, { query: { limit: 0 } })).status).toBe(400);
    expect((await platform.call(listDatasets, { query: { cursor: 'nonsense' } })).status).toBe(400);
  });

  it('refuses a member it does not know, with the nearest one that it does', async () => {
    const { status, problem } = await platform.call(curationRuns.create, { body: { epsilom: 0.1 } as never });
    expect([status, problem!.errors]).toEqual([
      400,
      [{ pointer: '/epsilom', message: 'unknown member `epsilom`; did you mean `epsilon`?' }],
    ]);
    const replay = await platform.call(decisionReplays.create, { body: { recorded_at: 'now' } as never });
    expect(replay.problem!.errors!.map(({ pointer }) => pointer)).toEqual(['/recorded_at']);
  });
});

describe('the curator', () => {
  it('answers RETRAIN_TRIGGERED with a run that names the event as its cause', async () => {
    const trace = { correlationId: 'loop-7', causationId: null };
    const cause = await platform.announce({
      type: 'RETRAIN_TRIGGERED',
      tenant: 'acme',
      aggregateId: 'tool-calling',
      trace,
      data: { model: 'tool-calling', reason: 'agreement fell' },
    });
    const caused = await until(
      'the data set is announced',
      async () => (await announced()).find(({ causationId }) => causationId === cause),
      110_000,
    );
    expect(caused).toMatchObject({ type: 'TRAINING_DATA_CURATED', correlationId: 'loop-7' });
  });
});
