import {
  eventCatalog,
  getDataProduct,
  getDataProductLineage,
  getDataProductQuality,
  getDataProductSchema,
  getDataProductVersion,
  isEventType,
  listDataProductRows,
  listDataProducts,
  listDataProductVersions,
  productNames,
  urlOf,
  type TrainingDataCurated,
} from '@retort/contracts';
import { toBusMessage } from '@retort/event-bus';
import { startService, type StartedService } from '@retort/service-testing';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { service } from '../src/service.ts';
import { owners } from './owners.ts';

vi.setConfig({ testTimeout: 120_000 });

let platform: StartedService;

const digest = `sha256:${'a'.repeat(64)}` as const;
const curated = (version: string, run: string): TrainingDataCurated => ({
  run_id: run,
  product: 'distillation_training_data',
  dataset_version: version,
  digest,
  log_position: '1/9',
  rows: 2,
  considered: 3,
  duplicates: 1,
  conflicts: 0,
  rejected: { duplicate: 1 },
  deduplication_rate: 1 / 3,
  quality: { validity: { value: 1, numerator: 3, denominator: 3 } },
});
const dataset = { name: 'distillation_training_data' };
const metrics = { name: 'distilled_model_metrics' };

beforeAll(async () => {
  platform = await startService(service, { stubs: owners });
  await announceLoop();
}, 120_000);

afterAll(() => platform?.close());

/** Two versions, a model made of the second, then every message once more: the bus delivers at least once. */
async function announceLoop() {
  const common = { tenant: 'acme', trace: { correlationId: 'loop-1', causationId: null } };
  const version = { ...common, type: 'TRAINING_DATA_CURATED' as const, aggregateId: 'distillation_training_data' };
  await platform.announce({ ...version, data: curated('v1', 'r1') });
  const causationId = await platform.announce({ ...version, data: curated('v2', 'r2') });
  await platform.announce({
    type: 'MODEL_TRAINED',
    tenant: 'acme',
    aggregateId: 'tool-calling',
    trace: { correlationId: 'loop-1', causationId },
    data: {
      run_id: 't1',
      model: 'tool-calling',
      model_version: 'm1',
      artifact: digest,
      artifact_bytes: 1,
      dataset_version: 'v2',
      dataset_digest: digest,
      rows: 2,
      tools: 1,
      train_seconds: 1,
      configuration: {},
      guarantee: { kind: 'none', target: 0.93, confidence: 0.95, threshold: null },
    },
  });
  const { events, bus } = platform.infrastructure;
  for await (const event of events.readAll())
    if (isEventType(event.type))
      await bus.publish([toBusMessage(event, { topic: eventCatalog[event.type].topic, source: '/test' })]);
  // Topics are read side by side.
  await until('the catalog to know the model and the data', async () => {
    const { status, body } = await platform.call(getDataProductLineage, { params: dataset, query: { version: 'v2' } });
    return ['MODEL_TRAINED', 'TRAINING_DATA_CURATED'].every(
      (type) => status === 200 && body.edges.some(({ event_type }) => event_type === type),
    );
  });
}

const lineageOf = async (query: { version?: string; direction?: 'upstream'; depth?: number }) =>
  (await platform.call(getDataProductLineage, { params: dataset, query })).body;

describe('the catalog', () => {
  it('lists every product with the newest version of each', async () => {
    const { data } = (await platform.call(listDataProducts)).body;
    expect(data.map(({ name }) => name)).toEqual(productNames);
    expect(data.find(({ name }) => name === dataset.name)).toMatchObject({
      domain: 'ml_training',
      owner: 'ml_team',
      latest_version: 'v2',
      upstream: ['agent_decision_history'],
    });
  });

  it('gives the schema of a row as its owner declares it', async () => {
    const { body } = await platform.call(getDataProductSchema, { params: dataset });
    expect(body).toMatchObject({ properties: { weight: { type: 'number' } } });
  });

  it('records a version once, however often the bus delivers it', async () => {
    const { data } = (await platform.call(listDataProductVersions, { params: dataset })).body;
    expect(data.map(({ version }) => version)).toEqual(['v2', 'v1']);
    expect(data[0]).toMatchObject({ digest, rows: 2, correlation_id: 'loop-1', manifest: { run_id: 'r2' } });
  });

  it('pages through versions without a gap, and refuses the cursor of another product', async () => {
    const page = (cursor?: string, params = dataset) =>
      platform.call(listDataProductVersions, { params, query: { limit: 1, cursor } });
    const first = (await page()).body;
    const second = (await page(first.next_cursor!)).body;
    expect([...first.data, ...second.data].map(({ version }) => version)).toEqual(['v2', 'v1']);
    expect((await page(first.next_cursor!, metrics)).problem?.type).toMatch(/catalog\.cursor-mismatch$/);
    for (const limit of [0, 1001, 'x'])
      expect((await platform.call(listDataProductVersions, { params: dataset, query: { limit } })).status).toBe(400);
  });

  it('answers 304 to whoever has a version already', async () => {
    const params = { ...dataset, version: 'v1' };
    const read = (headers = {}) => platform.call(getDataProductVersion, { params, headers });
    const etag = (await read()).headers.get('etag')!;
    expect(etag).toBe(`"${digest}"`);
    expect((await read({ 'if-none-match': etag })).status).toBe(304);
    expect((await read({ 'if-none-match': `"other", ${etag}` })).status).toBe(304);
    expect((await read({ 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('shows quality with numerator and denominator', async () => {
    const { body } = await platform.call(getDataProductQuality, { params: dataset, query: { version: 'v1' } });
    expect(body).toMatchObject({
      version: 'v1',
      metrics: { validity: { value: 1, numerator: 3, denominator: 3 } },
    });
  });

  it('knows nothing of a version that is not there, and says of a product without one that it has none', async () => {
    const query = { version: 'nope' };
    const { problem } = await platform.call(getDataProductLineage, { params: dataset, query });
    expect(problem).toMatchObject({ status: 404, type: '/errors#catalog.no-such-version' });
    const none = await platform.call(getDataProductQuality, { params: { name: 'cost_analysis' } });
    expect(none.problem).toMatchObject({ status: 404, type: '/errors#catalog.no-version' });
  });

  it('traces a version up to the history and down to the model made of it, with the events in between', async () => {
    const { nodes, edges } = await lineageOf({ version: 'v2' });
    expect(nodes.map(({ id }) => id).sort()).toEqual([
      'agent_decision_history@1/9',
      'distillation_training_data@v2',
      'model:tool-calling@m1',
    ]);
    const [made, trained] = ['TRAINING_DATA_CURATED', 'MODEL_TRAINED'].map((type) =>
      edges.find(({ event_type }) => event_type === type),
    );
    expect(trained!.causation_id).toBe(made!.event_id);
    const upstream = await lineageOf({ version: 'v2', direction: 'upstream' });
    expect(upstream.nodes.map(({ id }) => id)).not.toContain('model:tool-calling@m1');
    const ofProducts = await lineageOf({ depth: 1 });
    expect(ofProducts.nodes.map(({ id }) => id)).toContain('optimization_history');
  });

  it("keeps to its tenant: another's versions are not there", async () => {
    const globex = { tenant: 'globex', params: dataset };
    const foreign = [
      platform.call(getDataProductVersion, { ...globex, params: { ...dataset, version: 'v1' } }),
      platform.call(getDataProductQuality, globex),
      platform.call(getDataProductQuality, { ...globex, query: { version: 'v1' } }),
      platform.call(listDataProductRows, globex),
    ];
    for (const { status } of await Promise.all(foreign)) expect(status).toBe(404);
    const { body } = await platform.call(listDataProductVersions, globex);
    expect(body).toEqual({ data: [], next_cursor: null, has_more: false });
  });

  it('answers 404 for a product that there is not', async () => {
    expect((await platform.call(getDataProduct, { params: { name: 'horoscopes' } })).status).toBe(404);
  });
});

describe('rows of a product', () => {
  const moment = '2026-01-01T00:00:00Z';

  it('come from their owner, of the newest version, and a cursor stays with its version', async () => {
    const { body: first } = await platform.call(listDataProductRows, { params: dataset, query: { limit: 1 } });
    expect(first).toMatchObject({ version: 'v2', data: [{ id: 'v2-0' }], has_more: true });
    const query = { limit: 1, cursor: first.next_cursor! };
    const { body: second } = await platform.call(listDataProductRows, { params: dataset, query });
    expect(second).toMatchObject({ version: 'v2', data: [{ id: 'v2-1' }], has_more: false });
  });

  it('stream whole as NDJSON, and that is on record', async () => {
    const rows = await platform.lines(listDataProductRows, { params: dataset, query: { version: 'v1' } });
    expect(rows.map(({ id }) => id)).toEqual(['v1-0', 'v1-1']);
    const record = await platform.stream('tenant-acme.administration');
    expect(record.map(({ json }) => JSON.parse(json) as unknown)).toContainEqual(
      expect.objectContaining({ action: 'data-products.export' }),
    );
  });

  it('are read as they were at a moment, of every product that is not divided into versions', async () => {
    const history = { params: { name: 'agent_decision_history' }, query: { recorded_as_of: moment, limit: 7 } };
    expect((await platform.call(listDataProductRows, history)).body).toMatchObject({
      version: null,
      data: [{ id: `7 ${moment}` }],
    });
    const query = { as_of: moment, recorded_as_of: moment };
    const { body } = await platform.call(listDataProductRows, { params: metrics, query });
    expect(body.data).toMatchObject([{ evaluation_id: 'e0', source: `${moment} ${moment}` }]);
  });

  it('of a version are refused where a product has none, and of a moment before the first version', async () => {
    const costs = { params: { name: 'cost_analysis' }, query: { version: 'v1' } };
    expect((await platform.call(listDataProductRows, costs)).status).toBe(400);
    const early = { params: dataset, query: { as_of: '2020-01-01T00:00:00Z' } };
    expect((await platform.call(listDataProductRows, early)).status).toBe(404);
  });

  it('stream whole as NDJSON also where their owner gives them a page at a time', async () => {
    const rows = await platform.lines(listDataProductRows, { params: metrics });
    expect(rows.map(({ evaluation_id }) => evaluation_id)).toEqual(['e0', 'e1']);
  });

  it('that no service serves are a gap of the platform, not a mistake of the caller', async () => {
    const params = { name: 'cost_analysis' };
    const { status, problem } = await platform.call(listDataProductRows, { params });
    expect({ status, type: problem?.type }).toEqual({
      status: 502,
      type: '/errors#catalog.owner-missing',
    });
    const accept = 'application/x-ndjson';
    const streamed = await platform.send(urlOf(listDataProductRows, { params }), { headers: { accept } });
    expect(streamed.status).toBe(502);
  });
});
