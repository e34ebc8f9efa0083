import {
  agentRuns,
  evaluations,
  listCostAnalysis,
  listDistilledModelMetrics,
  listEvaluationSamples,
  listPerformanceBenchmarks,
  urlOf,
  type EvaluationRun,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decision, startPlatform, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({
    batchSize: 10,
    pricePerMillionPromptTokens: 5,
    pricePerMillionCompletionTokens: 20,
  });
});
afterAll(() => platform.close());
beforeEach(() => {
  platform.world.answers = new Map([
    ['card', 'block_card'],
    ['balance', 'get_balance'],
  ]);
});

const labelled = (word: string, tool: string) => ({
  agent_id: 'customer',
  context: { query: word },
  tool_selected: tool,
  tool_parameters: {},
});
const evaluate = (body: object, query = {}) =>
  platform.run(evaluations, { body: JSON.stringify(body) as never, query, headers: json });
const post = (body: string, headers: Record<string, string>, query = {}) =>
  platform.call(evaluations.create, { body: body as never, query, headers });
const json = { 'content-type': 'application/json' };
const ndjson = { 'content-type': 'application/x-ndjson' };

describe('an evaluation', () => {
  const decisions = [
    ...Array.from({ length: 20 }, () => labelled('card', 'block_card')),
    ...Array.from({ length: 4 }, () => labelled('balance', 'send_money')),
    ...Array.from({ length: 6 }, () => labelled('mumble', 'block_card')),
  ];
  let run: EvaluationRun;

  it('reports agreement with intervals, and puts it on the record', async () => {
    const { status, headers, body } = await post(JSON.stringify({ source: 'a test', decisions }), json);
    expect(status).toBe(202);
    const { run_id } = body;
    expect(headers.get('location')).toBe(urlOf(evaluations.get, { params: { run_id } }));
    run = await platform.ended(evaluations, { run_id });
    expect(run).toMatchObject({ state: 'succeeded', model_version: 'v1', source: 'a test' });
    expect(run.report).toMatchObject({
      decisions: 30,
      call_agreement: { numerator: 20, denominator: 30 },
      coverage: { numerator: 24, denominator: 30 },
      served_call_agreement: { numerator: 20, denominator: 24 },
    });
    expect(run.predictions_per_second).toBeGreaterThan(0);
    const [event] = await platform.events();
    expect(event).toMatchObject({ type: 'MODEL_EVALUATED' });
    expect(JSON.parse(event!.json)).toMatchObject({ evaluation_id: run_id, source: 'a test', model_version: 'v1' });
  });

  it('asks for predictions that are nobody’s traffic', () =>
    expect(new Set(platform.world.counted)).toEqual(new Set([false])));

  it('shows its samples a page at a time, by verdict, and all of them as lines', async () => {
    const params = { run_id: run.run_id };
    const samples = async (query: object) => (await platform.call(listEvaluationSamples, { params, query })).body;
    const first = await samples({ limit: 20 });
    const second = await samples({ limit: 20, cursor: first.next_cursor });
    expect([...first.data, ...second.data].map(({ index }) => index)).toEqual(decisions.map((_, index) => index));
    expect(second.next_cursor).toBeNull();
    expect((await samples({ verdict: 'other-tool' })).data).toHaveLength(10);
    expect(await platform.lines(listEvaluationSamples, { params })).toHaveLength(30);
  });

  it('takes decisions a line, with the rest in the query', async () => {
    const body = decisions.map((one) => JSON.stringify(one)).join('\n');
    const accepted = await post(body, ndjson, { model_version: 'v9', source: 'file' });
    expect(accepted.status).toBe(202);
    expect(await platform.ended(evaluations, accepted.body)).toMatchObject({
      state: 'succeeded',
      model_version: 'v9',
      source: 'file',
    });
  });

  it('names the lines that are wrong, and compares nothing', async () => {
    const unsaid = JSON.stringify({ agent_id: 'x', context: {} });
    const body = [JSON.stringify(decisions[0]), '{"agent_id":', JSON.stringify({ agent_id: 'x' }), unsaid].join('\n');
    const { status, problem } = await post(body, ndjson);
    expect(status).toBe(400);
    expect(problem!.errors!.map(({ pointer }) => pointer)).toEqual(['/1', '/2/context', '/3/tool_selected']);
  });

  it('names a member of the query that is wrong', async () => {
    const { status, problem } = await post('{}', json, { model: 'x'.repeat(129) });
    expect([status, problem]).toMatchObject([400, { errors: [{ pointer: '/model' }] }]);
  });

  it('is not accepted when no version serves, nor of a version that is not there', async () => {
    platform.world.serving = null;
    const refused = await post(JSON.stringify({ decisions }), json);
    platform.world.serving = 'v1';
    expect(refused).toMatchObject({
      status: 409,
      problem: { type: expect.stringContaining('evaluation.nothing-serves') },
    });
    const unknown = await post(JSON.stringify({ decisions, model_version: 'nowhere' }), json);
    expect(unknown).toMatchObject({ status: 404, problem: { type: expect.stringContaining('model.unknown-version') } });
  });

  it('feeds the metrics products', async () => {
    expect((await platform.call(listDistilledModelMetrics)).body.data).toHaveLength(2);
    const { body: cost } = await platform.call(listCostAnalysis, { query: { limit: 1 } });
    expect(cost.data[0]!.saved).toBeCloseTo(1.08, 10);
    expect(cost.data[0]!.price!.tokens).toBe('measured');
    const rest = await platform.call(listCostAnalysis, { query: { limit: 1, cursor: cost.next_cursor! } });
    expect(rest.body).toMatchObject({ data: [{ day: '2026-01-02' }], has_more: false });
  });

  it('shows its products as they had happened, and as they were known, at a past moment', async () => {
    const metrics = async (query = {}) => (await platform.call(listDistilledModelMetrics, { query })).body.data;
    const benchmarks = async (query = {}) => (await platform.call(listPerformanceBenchmarks, { query })).body.data;
    const costs = async (query = {}) => (await platform.call(listCostAnalysis, { query })).body.data;
    // The first evaluation had ended when the second began.
    const between = (await benchmarks())[0]!.from;
    for (const rows of [metrics, benchmarks])
      for (const moment of ['as_of', 'recorded_as_of']) {
        expect(await rows({ [moment]: '2026-01-01T00:00:00Z' })).toEqual([]);
        expect(await rows({ [moment]: between })).toHaveLength(1);
      }

    const [newest, older] = await costs();
    const known = new Date().toISOString();
    await until('the clock to move on', () => Date.now() > Date.parse(known) + 2);
    platform.world.studentCalls = 140;
    expect((await costs())[0]!.student_calls).toBe(140);
    expect(await costs({ recorded_as_of: known })).toEqual([newest, older]);
    expect(await costs({ recorded_as_of: '2026-01-01T00:00:00Z' })).toEqual([]);
    // As the newer day began, nothing of it had happened.
    expect(await costs({ as_of: `${newest!.day}T00:00:00Z`, recorded_as_of: known })).toEqual([older]);
  });

  it('flags what the version learnt from, and counts it in no figure', async () => {
    platform.world.learnt = [
      { id: 'other', context: { query: 'balance' }, tool_selected: 'send_money', tool_parameters: {} },
      { id: 'mine', context: { query: 'elsewhere' }, tool_selected: null, tool_parameters: {} },
    ];
    const posted = [...decisions, { ...labelled('card', 'block_card'), id: 'mine' }];
    const run = await evaluate({ decisions: posted });
    platform.world.learnt = [];
    expect(run.report).toMatchObject({
      decisions: 26,
      learnt: 5,
      served_call_agreement: { numerator: 20, denominator: 20 },
    });
    const { body: samples } = await platform.call(listEvaluationSamples, { params: { run_id: run.run_id } });
    expect(samples.data.filter(({ learnt }) => learnt)).toHaveLength(5);
  });

  it('withstands what the requests before ask for, as serving does', async () => {
    platform.world.card = {
      guarantee: { confidence: 0.95 },
      ladder: { share: 0.05, rungs: [0, 0.05, 0.5].map((share) => ({ share })) },
      novelty: { cut: 0.5, known: { successes: 20, trials: 1000 }, novel: { successes: 800, trials: 1000 } },
    };
    platform.world.novelty.set('card', 0.99);
    platform.world.novelShares = [];
    const { run_id } = await evaluate({
      decisions: Array.from({ length: 120 }, () => labelled('card', 'block_card')),
    });
    platform.world.card = {};
    // All of the first hundred look never seen: more than any rung withstands.
    expect(platform.world.novelShares).toEqual([...Array<number>(10).fill(0.05), 1, 1]);
    const { body: samples } = await platform.call(listEvaluationSamples, { params: { run_id }, query: { limit: 200 } });
    expect(samples.data.map(({ rung }) => rung)).toEqual([
      ...Array<number>(100).fill(0.05),
      ...Array<null>(20).fill(null),
    ]);
    expect(samples.data[0]).toMatchObject({ novelty: 0.99 });
  });
});

describe('the evaluation agent', () => {
  const said = (pattern: RegExp) =>
    until(
      `the agent says ${pattern}`,
      async () => {
        const { body } = await platform.call(agentRuns.evaluation.list);
        return body.data.find(({ state, why }) => state !== 'running' && pattern.test(why ?? ''));
      },
      60_000,
    );

  it('claims nothing from a handful of decisions', async () => {
    platform.world.decisions = [decision(1, { word: 'card', tool: 'block_card', at: '2026-01-03T00:00:00.000Z' })];
    await platform.deployed('v1');
    await said(/1 new teacher decisions, 50 are needed/);
  });

  it('finds drift and a broken guarantee in what was decided since, and asks for a retraining once', async () => {
    const before = (await platform.events()).length;
    const old = Array.from({ length: 400 }, (_, index) =>
      decision(index, { word: 'card', tool: index % 2 ? 'block_card' : 'get_balance', at: '2026-01-01T00:00:00.000Z' }),
    );
    const recent = Array.from({ length: 200 }, (_, index) =>
      decision(1000 + index, {
        word: 'card',
        tool: index % 10 ? 'send_money' : 'block_card',
        at: '2026-01-04T00:00:00.000Z',
      }),
    );
    platform.world.decisions = [...old, ...recent];
    const cause = await platform.deployed('v1');
    await said(/Retraining is asked for: It agrees with the teacher on 20 of the 200/);
    const events = await until('three events', async () => {
      const all = (await platform.events()).slice(before);
      return all.length >= 3 ? all : null;
    });
    expect(events.map(({ type }) => type)).toEqual(['MODEL_EVALUATED', 'DRIFT_DETECTED', 'RETRAIN_TRIGGERED']);
    expect(events.map(({ causationId }) => causationId)).toEqual([cause, events[0]!.id, events[1]!.id]);
    await platform.call(agentRuns.evaluation.trigger, { body: { reason: 'again' } });
    await until('it looked again', async () => {
      const types = (await platform.events()).slice(before).map(({ type }) => type);
      return types.filter((type) => type === 'DRIFT_DETECTED').length === 2 && types;
    });
    const types = (await platform.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'RETRAIN_TRIGGERED')).toHaveLength(1);
  });
});
