import {
  dataProduct,
  lineageView,
  page,
  productQuality,
  productRowsView,
  productVersion,
  scopes,
  topics,
  type TrainingDataCurated,
} from '@retort/contracts';
import { toBusMessage } from '@retort/event-bus';
import {
  connectInfrastructure,
  defineService,
  hostServices,
  infrastructureConfig,
  recordEvent,
  type Host,
  type Infrastructure,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { service } from '../src/service.ts';

vi.setConfig({ testTimeout: 120_000 });

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let infrastructure: Infrastructure;
let host: Host;
const keys = new Map<string, string>();

const products = '/api/v1/data-products';
const digest = `sha256:${'a'.repeat(64)}` as const;
const curated = (version: string, run: string): TrainingDataCurated => ({
  ...{ run_id: run, product: 'distillation_training_data', dataset_version: version, digest, log_position: '1/9' },
  ...{ rows: 2, considered: 3, duplicates: 1, conflicts: 0, rejected: { duplicate: 1 }, deduplication_rate: 1 / 3 },
  quality: { validity: { value: 1, numerator: 3, denominator: 3 } },
});

/** The owners of the rows: their contracts over HTTP, with rows that name what was asked of them. */
const owners = defineService({
  name: 'owners-fixture',
  config: z.object({}),
  migrations: new URL('./no-migrations/', import.meta.url),
  build: () => ({
    routes: (app) => {
      const config = { scope: 'products:read' } as const;
      app.get('/api/v1/datasets/:version/rows', { config }, ({ params, query, headers }, reply) => {
        const { version } = params as { version: string };
        if (headers.accept?.includes('ndjson')) {
          reply.type('application/x-ndjson');
          return [0, 1].map((row) => `${JSON.stringify({ version, row })}\n`).join('');
        }
        const row = Number((query as { cursor?: string }).cursor ?? 0);
        return { data: [{ version, row }], next_cursor: row === 0 ? '1' : null, has_more: row === 0 };
      });
      app.get('/api/v1/metrics/distilled-model-metrics', { config }, ({ query }) => {
        const { cursor, as_of, recorded_as_of } = query as Record<string, string | undefined>;
        return { data: [{ row: Number(cursor ?? 0), as_of, recorded_as_of }], next_cursor: cursor ? null : '1' };
      });
      app.get('/api/v1/decisions', { config }, ({ query }) => ({ data: [query], next_cursor: null, has_more: false }));
    },
  }),
});

beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('catalog');
  infrastructure = await connectInfrastructure(
    infrastructureConfig.parse({
      ...{ databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 },
    }),
  );
  host = await hostServices({ services: [service, owners], infrastructure });
  for (const tenant of ['acme', 'globex']) {
    const { secret } = await host.keys.create({ tenant, name: 'test', scopes: [...scopes] });
    keys.set(tenant, secret);
  }
  await announceLoop();
}, 120_000);

afterAll(async () => {
  await host?.close();
  await infrastructure?.close();
  await database?.drop();
  await folder?.remove();
});

/** Two versions, a model made of the second, then every message once more: the bus delivers at least once. */
async function announceLoop() {
  const record = { events: infrastructure.events, clock: () => new Date(), newId: () => crypto.randomUUID() };
  const trace = { correlationId: 'loop-1', causationId: null };
  const common = { tenant: 'acme', trace };
  const dataset = { ...common, type: 'TRAINING_DATA_CURATED' as const, aggregateId: 'distillation_training_data' };
  await recordEvent(record, { ...dataset, data: curated('v1', 'r1') });
  const cause = await recordEvent(record, { ...dataset, data: curated('v2', 'r2') });
  await recordEvent(record, {
    ...{ type: 'MODEL_TRAINED', tenant: 'acme', aggregateId: 'tool-calling' },
    trace: { correlationId: 'loop-1', causationId: cause },
    data: {
      ...{ run_id: 't1', model: 'tool-calling', model_version: 'm1', artifact: digest, artifact_bytes: 1 },
      ...{ dataset_version: 'v2', dataset_digest: digest, rows: 2, tools: 1, train_seconds: 1, configuration: {} },
      guarantee: { kind: 'none', target: 0.93, confidence: 0.95, threshold: null },
    },
  });
  for (const _delivery of [1, 2])
    for await (const event of infrastructure.events.readAll())
      await infrastructure.bus.publish([
        toBusMessage(event, {
          topic: event.type === 'MODEL_TRAINED' ? topics.models : topics.datasets,
          source: '/test',
        }),
      ]);
  // Topics are heard side by side.
  await until('the catalog has heard of the model and of the data', async () => {
    const { edges } = lineageView.parse(await answer(`${products}/distillation_training_data/lineage?version=v2`));
    return ['MODEL_TRAINED', 'TRAINING_DATA_CURATED'].every((type) =>
      edges.some(({ event_type }) => event_type === type),
    );
  });
}

type Asked = Omit<RequestInit, 'headers'> & { tenant?: string; headers?: Record<string, string> };

function ask(path: string, { tenant = 'acme', ...init }: Asked = {}) {
  const headers: Record<string, string> = { authorization: `Bearer ${keys.get(tenant)}`, ...init.headers };
  return fetch(`${host.url}${path}`, { ...init, headers });
}
const answer = async (path: string) => (await ask(path)).json();
const dataset = `${products}/distillation_training_data`;

describe('the catalog', () => {
  it('lists the six products with the newest version of each', async () => {
    const { data } = page(dataProduct).parse(await answer(products));
    expect(data.map(({ name }) => name)).toHaveLength(6);
    expect(data.find(({ name }) => name === 'distillation_training_data')).toMatchObject({
      ...{ domain: 'ml_training', owner: 'ml_team', latest_version: 'v2', upstream: ['agent_decision_history'] },
    });
    expect(await answer(`${dataset}/schema`)).toMatchObject({ properties: { weight: { type: 'number' } } });
  });

  it('records a version once, however often the bus delivers it', async () => {
    const { data } = page(productVersion).parse(await answer(`${dataset}/versions`));
    expect(data.map(({ version }) => version)).toEqual(['v2', 'v1']);
    expect(data[0]).toMatchObject({ digest, rows: 2, correlation_id: 'loop-1', manifest: { run_id: 'r2' } });
  });

  it('pages through versions without a gap, and refuses the cursor of another product', async () => {
    const first = page(productVersion).parse(await answer(`${dataset}/versions?limit=1`));
    const second = page(productVersion).parse(await answer(`${dataset}/versions?limit=1&cursor=${first.next_cursor}`));
    expect([...first.data, ...second.data].map(({ version }) => version)).toEqual(['v2', 'v1']);
    const elsewhere = await ask(`${products}/cost_analysis/versions?cursor=${first.next_cursor}`);
    expect(elsewhere.status).toBe(400);
    for (const limit of [0, 1001, 'x']) expect((await ask(`${dataset}/versions?limit=${limit}`)).status).toBe(400);
  });

  it('answers 304 to whoever has a version already', async () => {
    const etag = (await ask(`${dataset}/versions/v1`)).headers.get('etag')!;
    expect(etag).toBe(`"${digest}"`);
    expect((await ask(`${dataset}/versions/v1`, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await ask(`${dataset}/versions/v1`, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  it('shows quality with numerator and denominator', async () => {
    expect(productQuality.parse(await answer(`${dataset}/quality?version=v1`))).toMatchObject({
      ...{ version: 'v1', metrics: { validity: { value: 1, numerator: 3, denominator: 3 } } },
    });
  });

  it('traces a version up to the history and down to the model made of it, with the events in between', async () => {
    const { nodes, edges } = lineageView.parse(await answer(`${dataset}/lineage?version=v2`));
    expect(nodes.map(({ id }) => id).sort()).toEqual([
      ...['agent_decision_history@1/9', 'distillation_training_data@v2', 'model:tool-calling@m1'],
    ]);
    const [made, trained] = ['TRAINING_DATA_CURATED', 'MODEL_TRAINED'].map((type) =>
      edges.find(({ event_type }) => event_type === type),
    );
    expect(trained!.causation_id).toBe(made!.event_id);
    const upstream = lineageView.parse(await answer(`${dataset}/lineage?version=v2&direction=upstream`));
    expect(upstream.nodes.map(({ id }) => id)).not.toContain('model:tool-calling@m1');
    const ofProducts = lineageView.parse(await answer(`${dataset}/lineage?depth=1`));
    expect(ofProducts.nodes.map(({ id }) => id)).toContain('optimization_history');
  });

  it("keeps to its tenant: another's versions are not there", async () => {
    for (const path of ['versions/v1', 'quality', 'quality?version=v1', 'rows'])
      expect((await ask(`${dataset}/${path}`, { tenant: 'globex' })).status).toBe(404);
    const versions = await (await ask(`${dataset}/versions`, { tenant: 'globex' })).json();
    expect(versions).toEqual({ data: [], next_cursor: null, has_more: false });
  });

  it('says 404 of a product that there is not', async () => {
    expect((await ask(`${products}/horoscopes`)).status).toBe(404);
  });
});

describe('rows of a product', () => {
  it('come from their owner, of the newest version, and a cursor stays with its version', async () => {
    const first = productRowsView.parse(await answer(`${dataset}/rows?limit=1`));
    expect(first).toMatchObject({ version: 'v2', data: [{ version: 'v2', row: 0 }], has_more: true });
    const second = productRowsView.parse(
      await answer(`${dataset}/rows?limit=1&cursor=${encodeURIComponent(first.next_cursor!)}`),
    );
    expect(second).toMatchObject({ version: 'v2', data: [{ version: 'v2', row: 1 }], has_more: false });
  });

  it('stream whole as NDJSON', async () => {
    const answered = await ask(`${dataset}/rows?version=v1`, { headers: { accept: 'application/x-ndjson' } });
    expect(await answered.text()).toBe('{"version":"v1","row":0}\n{"version":"v1","row":1}\n');
  });

  it('are read as they were at a moment, of every product that is not divided into versions', async () => {
    const moment = '2026-01-01T00:00:00Z';
    const view = productRowsView.parse(
      await answer(`${products}/agent_decision_history/rows?recorded_as_of=${moment}&limit=7`),
    );
    expect(view).toMatchObject({ version: null, data: [{ recorded_as_of: moment, limit: '7' }] });
    const metrics = productRowsView.parse(
      await answer(`${products}/distilled_model_metrics/rows?as_of=${moment}&recorded_as_of=${moment}`),
    );
    expect(metrics.data).toEqual([{ row: 0, as_of: moment, recorded_as_of: moment }]);
    expect((await ask(`${products}/cost_analysis/rows?version=v1`)).status).toBe(400);
    expect((await ask(`${dataset}/rows?as_of=2020-01-01T00:00:00Z`)).status).toBe(404);
  });

  it('stream whole as NDJSON also where their owner gives them a page at a time', async () => {
    const answered = await ask(`${products}/distilled_model_metrics/rows`, {
      headers: { accept: 'application/x-ndjson' },
    });
    expect(await answered.text()).toBe('{"row":0}\n{"row":1}\n');
  });

  it('that no service serves are a gap of the platform, not a mistake of the caller', async () => {
    const answered = await ask(`${products}/cost_analysis/rows`);
    expect(answered.status).toBe(502);
    expect(await answered.json()).toMatchObject({ type: 'urn:retort:problem:catalog.owner-missing' });
  });
});
