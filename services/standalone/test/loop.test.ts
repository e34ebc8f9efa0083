import {
  auditEventView,
  batchResult,
  curationRun,
  dataProduct,
  evaluationRun,
  modelVersionView,
  page,
  predictionView,
  productVersion,
  projectionListView,
  servingView,
  trainingRow,
  trainingRun,
  type DecisionInput,
} from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { createTraffic, domainAgents, simulateDecision } from '@retort/simulator';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

/** Few agents with a clear language: enough for a promise on few decisions. */
const agents = domainAgents.slice(0, 2);
const trained = 700;
const heldBack = 150;
const loopTimeoutMs = 300_000;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let key: string;

beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('loop');
  platform = await startPlatform(
    standaloneConfig.parse({
      databaseUrl: database.url,
      dataFolder: folder.path,
      port: 0,
      logLevel: 'silent',
      drainDelayMs: 0,
    }),
    createLogger({ level: 'silent' }),
  );
  key = platform.firstKey!;
}, 120_000);

afterAll(async () => {
  await platform.close();
  await database.drop();
  await folder.remove();
});

async function call<Schema extends z.ZodType>(
  method: 'GET' | 'POST',
  path: string,
  schema: Schema,
  body?: { type: string; content: string },
): Promise<z.infer<Schema>> {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': body.type }) },
    ...(body && { body: body.content }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return schema.parse(JSON.parse(text));
}
const get = <Schema extends z.ZodType>(path: string, schema: Schema) => call('GET', path, schema);
const post = <Schema extends z.ZodType>(path: string, schema: Schema, json: unknown) =>
  call('POST', path, schema, { type: 'application/json', content: JSON.stringify(json) });
const postLines = <Schema extends z.ZodType>(path: string, schema: Schema, rows: readonly unknown[]) =>
  call('POST', path, schema, {
    type: 'application/x-ndjson',
    content: rows.map((row) => JSON.stringify(row)).join('\n'),
  });

/** Waits until a run ended and hands it over. */
const ended = <Schema extends z.ZodType<{ state: string }>>(path: string, schema: Schema): Promise<z.infer<Schema>> =>
  until(
    'the run ends',
    async () => {
      const run = await get(path, schema);
      return ['succeeded', 'failed', 'cancelled'].includes(run.state) ? run : undefined;
    },
    loopTimeoutMs,
  );

describe('the loop, over HTTP on a real database', () => {
  const traffic = createTraffic({ seed: 'loop', agents });
  const decide = (): DecisionInput => {
    const request = traffic.next();
    return simulateDecision(request, { call: request.truth, timestamp: '2026-03-02T09:00:00.000Z' });
  };
  const decisions = Array.from({ length: trained }, decide);
  const fresh = Array.from({ length: heldBack }, decide);

  it(
    'turns decisions into a student that was judged, and answers with it or not at all',
    async () => {
      const posted = await postLines('/api/v1/decisions:batch', batchResult, decisions);
      expect(posted).toMatchObject({ recorded: trained, rejected: 0 });
      await until(
        'the read models catch up',
        async () =>
          (await get('/api/v1/projections', projectionListView)).data.every((reader) => reader.caught_up) || undefined,
        60_000,
      );

      const { run_id: curationId } = await post('/api/v1/curation-runs', curationRun, {});
      const curation = await ended(`/api/v1/curation-runs/${curationId}`, curationRun);
      expect(curation).toMatchObject({ state: 'succeeded', error: null });
      const dataset = curation.result!;
      expect(dataset.rows).toBeGreaterThan(0);
      expect(dataset.considered).toBe(trained);

      // Nobody asks for the training: the trainer receives the data set's event from the bus.
      const training = await until(
        'the trainer takes up the data set',
        async () => {
          const { data } = await get('/api/v1/training-runs', page(trainingRun));
          return data.find((run) => run.dataset_version === dataset.dataset_version);
        },
        60_000,
      );
      const trainedRun = await ended(`/api/v1/training-runs/${training.run_id}`, trainingRun);
      expect(trainedRun).toMatchObject({ state: 'succeeded', error: null });
      const version = trainedRun.model_version!;
      const model = await get(`/api/v1/models/tool-calling/versions/${version}`, modelVersionView);
      expect(model.dataset_digest).toBe(dataset.digest);
      // The gate's verdict and the stage agree, whichever it was.
      expect(model.stage).toBe(trainedRun.deployed ? 'serving' : 'refused');
      expect(trainedRun.refused.length > 0).toBe(!trainedRun.deployed);

      if (trainedRun.deployed)
        await until(
          'inference loads the version',
          async () =>
            (await get('/api/v1/serving', servingView)).data.some((serving) => serving.model_version === version) ||
            undefined,
          60_000,
        );

      const { run_id: evaluationId } = await postLines(
        `/api/v1/evaluations?model_version=${version}&source=fresh`,
        evaluationRun,
        fresh,
      );
      const evaluation = await ended(`/api/v1/evaluations/${evaluationId}`, evaluationRun);
      expect(evaluation.state).toBe('succeeded');
      // What happens to be asked in words that were learnt from is told apart.
      expect(evaluation.report!.decisions + (evaluation.report!.learnt ?? 0)).toBe(heldBack);
      // It learnt: far better than always naming the commonest tool.
      expect(evaluation.report!.tool_agreement.value!).toBeGreaterThan(evaluation.report!.majority_baseline! + 0.2);

      const prediction = await post('/api/v1/predictions', predictionView, {
        model_version: version,
        context: fresh[0]!.context,
        tools_available: fresh[0]!.tools_available,
        fallback: 'none',
      });
      expect(prediction.model_version).toBe(version);
      expect(prediction.served_by).toBe(prediction.call === null ? 'none' : 'student');
      // A tool that was offered, or none.
      const offered = fresh[0]!.tools_available!.map((tool) => tool.name);
      expect([null, ...offered]).toContain(prediction.proposal!.tool_selected);
    },
    loopTimeoutMs,
  );

  it('leaves a chain of causes: data set, model, evaluation, verdict', async () => {
    const only = async (type: string) => {
      const { data } = await get(`/api/v1/audit-events?event_type=${type}&limit=10`, page(auditEventView));
      return data;
    };
    const [curated] = await only('TRAINING_DATA_CURATED');
    const [trainedEvent] = await only('MODEL_TRAINED');
    expect(trainedEvent!.causation_id).toBe(curated!.event_id);
    expect(trainedEvent!.correlation_id).toBe(curated!.correlation_id);
    const verdicts = [...(await only('MODEL_DEPLOYED')), ...(await only('MODEL_DEPLOYMENT_REFUSED'))];
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]!.correlation_id).toBe(curated!.correlation_id);
  });

  it('offers the decisions and what was made of them as data products', async () => {
    const products = await get('/api/v1/data-products', z.object({ data: z.array(dataProduct) }));
    expect(products.data).toHaveLength(6);
    const history = await get('/api/v1/data-products/agent_decision_history/rows?limit=5', page(z.unknown()));
    expect(history.data).toHaveLength(5);
    const versions = await until(
      'the catalog knows the version',
      async () => {
        const answer = await get('/api/v1/data-products/distillation_training_data/versions', page(productVersion));
        return answer.data.length > 0 ? answer.data : undefined;
      },
      30_000,
    );
    const rows = await get(
      `/api/v1/data-products/distillation_training_data/rows?version=${versions[0]!.version}&limit=3`,
      page(trainingRow),
    );
    expect(rows.data).toHaveLength(3);
  });

  it('shows nothing of one tenant to another, and nothing to nobody', async () => {
    const stranger = await fetch(`${platform.url}/api/v1/decisions/${decisions[0]!.id}`);
    expect(stranger.status).toBe(401);
  });
});
