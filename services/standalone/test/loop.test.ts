import {
  curationRuns,
  evaluations,
  getDecision,
  getModelVersion,
  getServing,
  listAuditEvents,
  listDataProductRows,
  listDataProducts,
  listDataProductVersions,
  predict,
  productNames,
  recordDecisions,
  trainingRuns,
  urlOf,
  type DecisionInput,
  type EventType,
} from '@retort/contracts';
import { createTraffic, domainAgents, simulateDecision } from '@retort/simulator';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

/** Few agents with a clear language: enough for a guarantee on few decisions. */
const agents = domainAgents.slice(0, 2);
const trained = 700;
const heldBack = 150;
const loopTimeoutMs = 300_000;

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform('loop');
}, 120_000);
afterAll(() => platform.close());

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
      const posted = await platform.read(recordDecisions, { body: decisions });
      expect(posted).toMatchObject({ recorded: trained, rejected: 0 });
      await caughtUp(platform);

      const curation = await platform.run(curationRuns, { body: {} });
      expect(curation).toMatchObject({ state: 'succeeded', error: null });
      const dataset = curation.result!;
      expect(dataset.rows).toBeGreaterThan(0);
      expect(dataset.considered).toBe(trained);

      // Nobody asks for the training: the trainer receives the data set's event from the bus.
      const training = await until(
        'the trainer takes up the data set',
        async () => {
          const { data } = await platform.read(trainingRuns.list);
          return data.find((run) => run.dataset_version === dataset.dataset_version);
        },
        60_000,
      );
      const trainedRun = await platform.ended(trainingRuns, training);
      expect(trainedRun).toMatchObject({ state: 'succeeded', error: null });
      const version = trainedRun.model_version!;
      const model = await platform.read(getModelVersion, { params: { model: 'tool-calling', version } });
      expect(model.dataset_digest).toBe(dataset.digest);
      // The gate's verdict and the stage agree, whichever it was.
      expect(model.stage).toBe(trainedRun.deployed ? 'serving' : 'refused');
      expect(trainedRun.refused.length > 0).toBe(!trainedRun.deployed);

      if (trainedRun.deployed)
        await until(
          'inference loads the version',
          async () =>
            (await platform.read(getServing)).data.some((serving) => serving.model_version === version) || undefined,
          60_000,
        );

      const evaluation = await platform.run(evaluations, {
        body: { model_version: version, source: 'fresh', decisions: fresh },
      });
      expect(evaluation.state).toBe('succeeded');
      // What happens to be asked in words that were learnt from is told apart.
      expect(evaluation.report!.decisions + (evaluation.report!.learnt ?? 0)).toBe(heldBack);
      // It learnt: far better than always naming the commonest tool.
      expect(evaluation.report!.tool_agreement.value!).toBeGreaterThan(evaluation.report!.majority_baseline! + 0.2);

      const { context, tools_available } = fresh[0]!;
      const prediction = await platform.read(predict, {
        body: { model_version: version, context, tools_available, fallback: 'none' },
      });
      expect(prediction.model_version).toBe(version);
      expect(prediction.served_by).toBe(prediction.call === null ? 'none' : 'student');
      // A tool that was offered, or none.
      const offered = tools_available!.map((tool) => tool.name);
      expect([null, ...offered]).toContain(prediction.proposal!.tool_selected);
    },
    loopTimeoutMs,
  );

  it('leaves a chain of causes: data set, model, evaluation, verdict', async () => {
    const only = async (event_type: EventType) =>
      (await platform.read(listAuditEvents, { query: { event_type, limit: 10 } })).data;
    const [curated] = await only('TRAINING_DATA_CURATED');
    const [trainedEvent] = await only('MODEL_TRAINED');
    expect(trainedEvent!.causation_id).toBe(curated!.event_id);
    expect(trainedEvent!.correlation_id).toBe(curated!.correlation_id);
    const verdicts = [...(await only('MODEL_DEPLOYED')), ...(await only('MODEL_DEPLOYMENT_REFUSED'))];
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]!.correlation_id).toBe(curated!.correlation_id);
  });

  it('offers the decisions and what was made of them as data products', async () => {
    expect((await platform.read(listDataProducts)).data).toHaveLength(productNames.length);
    const history = { params: { name: 'agent_decision_history' }, query: { limit: 5 } };
    expect((await platform.read(listDataProductRows, history)).data).toHaveLength(5);
    const params = { name: 'distillation_training_data' };
    const versions = await until('the catalog knows the version', async () => {
      const { data } = await platform.read(listDataProductVersions, { params });
      return data.length > 0 && data;
    });
    const query = { version: versions[0]!.version, limit: 3 };
    const rows = await platform.read(listDataProductRows, { params, query });
    expect(rows.data).toHaveLength(3);
  });

  it('shows nothing of one tenant to another, and nothing to nobody', async () => {
    const stranger = await fetch(`${platform.url()}${urlOf(getDecision, { params: { id: decisions[0]!.id! } })}`);
    expect(stranger.status).toBe(401);
  });
});
