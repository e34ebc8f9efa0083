import {
  evaluations,
  listEvaluationSamples,
  urlOf,
  type EvaluationRun,
  type EvaluationSample,
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
const finished = (runId: string) =>
  until('the evaluation ends', async () => {
    const { body } = await platform.json('GET', urlOf(evaluations.get, { params: { run_id: runId } }));
    const run = body as EvaluationRun;
    return run.state === 'queued' || run.state === 'running' ? null : run;
  });

describe('an evaluation', () => {
  const decisions = [
    ...Array.from({ length: 20 }, () => labelled('card', 'block_card')),
    ...Array.from({ length: 4 }, () => labelled('balance', 'send_money')),
    ...Array.from({ length: 6 }, () => labelled('mumble', 'block_card')),
  ];
  let run: EvaluationRun;

  it('reports agreement with intervals, and puts it on the record', async () => {
    const { status, headers, body } = await platform.json('POST', evaluations.create.path, {
      source: 'a test',
      decisions,
    });
    expect(status).toBe(202);
    const { run_id } = body as EvaluationRun;
    expect(headers.get('location')).toBe(urlOf(evaluations.get, { params: { run_id: run_id } }));
    run = await finished(run_id);
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
    const path = urlOf(listEvaluationSamples, { params: { run_id: run.run_id } });
    const first = (await platform.json('GET', `${path}?limit=20`)).body as {
      data: EvaluationSample[];
      next_cursor: string;
    };
    const second = (await platform.json('GET', `${path}?limit=20&cursor=${first.next_cursor}`)).body as typeof first;
    expect([...first.data, ...second.data].map(({ index }) => index)).toEqual(decisions.map((_, index) => index));
    expect(second.next_cursor).toBeNull();
    const others = (await platform.json('GET', `${path}?verdict=other-tool`)).body as typeof first;
    expect(others.data).toHaveLength(10);
    const lines = await (await platform.request('GET', path, undefined, { accept: 'application/x-ndjson' })).text();
    expect(lines.trim().split('\n')).toHaveLength(30);
  });

  it('takes decisions a line, with the rest in the query', async () => {
    const body = decisions.map((one) => JSON.stringify(one)).join('\n');
    const response = await platform.request('POST', '/api/v1/evaluations?model_version=v9&source=file', body, {
      'content-type': 'application/x-ndjson',
    });
    expect(response.status).toBe(202);
    const { run_id } = (await response.json()) as EvaluationRun;
    expect(await finished(run_id)).toMatchObject({ state: 'succeeded', model_version: 'v9', source: 'file' });
  });

  it('names the lines that are wrong, and compares nothing', async () => {
    const unsaid = JSON.stringify({ agent_id: 'x', context: {} });
    const body = [JSON.stringify(decisions[0]), '{"agent_id":', JSON.stringify({ agent_id: 'x' }), unsaid].join('\n');
    const response = await platform.request('POST', evaluations.create.path, body, {
      'content-type': 'application/x-ndjson',
    });
    const problem = (await response.json()) as { errors: { pointer: string }[] };
    expect(response.status).toBe(400);
    expect(problem.errors.map(({ pointer }) => pointer)).toEqual(['/1', '/2/context', '/3/tool_selected']);
  });

  it('names a member of the query that is wrong', async () => {
    const { status, body } = await platform.json('POST', `/api/v1/evaluations?model=${'x'.repeat(129)}`, {});
    expect([status, body]).toMatchObject([400, { errors: [{ pointer: '/model' }] }]);
  });

  it('is not accepted when no version serves, nor of a version that is not there', async () => {
    platform.world.serving = null;
    const refused = await platform.json('POST', evaluations.create.path, { decisions });
    platform.world.serving = 'v1';
    expect(refused).toMatchObject({
      status: 409,
      body: { type: expect.stringContaining('evaluation.nothing-serves') },
    });
    const unknown = await platform.json('POST', evaluations.create.path, { decisions, model_version: 'nowhere' });
    expect(unknown).toMatchObject({ status: 404, body: { type: expect.stringContaining('model.unknown-version') } });
  });

  it('feeds the metrics products', async () => {
    const metrics = await platform.json('GET', '/api/v1/metrics/distilled-model-metrics');
    expect((metrics.body as { data: unknown[] }).data).toHaveLength(2);
    const cost = (await platform.json('GET', '/api/v1/metrics/cost-analysis?limit=1')).body as {
      data: { saved: number; price: { tokens: string } }[];
      next_cursor: string;
    };
    expect(cost.data[0]!.saved).toBeCloseTo(1.08, 10);
    expect(cost.data[0]!.price.tokens).toBe('measured');
    const rest = await platform.json('GET', `/api/v1/metrics/cost-analysis?limit=1&cursor=${cost.next_cursor}`);
    expect(rest.body).toMatchObject({ data: [{ day: '2026-01-02' }], has_more: false });
  });

  it('shows its products as they had happened, and as they were known, at a past moment', async () => {
    const rows = async (product: string, query: string) => {
      const { status, body } = await platform.json('GET', `/api/v1/metrics/${product}?${query}`);
      expect(status).toBe(200);
      return (body as { data: Record<string, unknown>[] }).data;
    };
    // The first evaluation had ended when the second began.
    const between = (await rows('performance-benchmarks', ''))[0]!['from'] as string;
    for (const product of ['distilled-model-metrics', 'performance-benchmarks'])
      for (const moment of ['as_of', 'recorded_as_of']) {
        expect(await rows(product, `${moment}=2026-01-01T00:00:00Z`)).toEqual([]);
        expect(await rows(product, `${moment}=${between}`)).toHaveLength(1);
      }

    const [newest, older] = await rows('cost-analysis', '');
    const known = new Date().toISOString();
    await until('the clock to move on', () => Date.now() > Date.parse(known) + 2);
    platform.world.studentCalls = 140;
    expect((await rows('cost-analysis', ''))[0]!['student_calls']).toBe(140);
    expect(await rows('cost-analysis', `recorded_as_of=${known}`)).toEqual([newest, older]);
    expect(await rows('cost-analysis', 'recorded_as_of=2026-01-01T00:00:00Z')).toEqual([]);
    // As the newer day began, nothing of it had happened.
    const dawn = `${newest!['day'] as string}T00:00:00Z`;
    expect(await rows('cost-analysis', `as_of=${dawn}&recorded_as_of=${known}`)).toEqual([older]);
  });

  it('flags what the version learnt from, and counts it in no figure', async () => {
    platform.world.learnt = [
      { id: 'other', context: { query: 'balance' }, tool_selected: 'send_money', tool_parameters: {} },
      { id: 'mine', context: { query: 'elsewhere' }, tool_selected: null, tool_parameters: {} },
    ];
    const posted = [...decisions, { ...labelled('card', 'block_card'), id: 'mine' }];
    const { body } = await platform.json('POST', evaluations.create.path, { decisions: posted });
    const run = await finished((body as EvaluationRun).run_id);
    platform.world.learnt = [];
    expect(run.report).toMatchObject({
      ...{ decisions: 26, learnt: 5 },
      served_call_agreement: { numerator: 20, denominator: 20 },
    });
    const path = urlOf(listEvaluationSamples, { params: { run_id: run.run_id } });
    const samples = ((await platform.json('GET', path)).body as { data: EvaluationSample[] }).data;
    expect(samples.filter(({ learnt }) => learnt)).toHaveLength(5);
  });

  it('withstands what the requests before ask for, as serving does', async () => {
    platform.world.card = {
      guarantee: { confidence: 0.95 },
      ladder: { share: 0.05, rungs: [0, 0.05, 0.5].map((share) => ({ share })) },
      novelty: { cut: 0.5, known: { successes: 20, trials: 1000 }, novel: { successes: 800, trials: 1000 } },
    };
    platform.world.novelty.set('card', 0.99);
    platform.world.novelShares = [];
    const { body } = await platform.json('POST', evaluations.create.path, {
      decisions: Array.from({ length: 120 }, () => labelled('card', 'block_card')),
    });
    const { run_id } = await finished((body as EvaluationRun).run_id);
    platform.world.card = {};
    // All of the first hundred look never seen: more than any rung withstands.
    expect(platform.world.novelShares).toEqual([...Array<number>(10).fill(0.05), 1, 1]);
    const path = urlOf(listEvaluationSamples, { params: { run_id } });
    const samples = (await platform.json('GET', `${path}?limit=200`)).body as { data: EvaluationSample[] };
    expect(samples.data.map(({ rung }) => rung)).toEqual([
      ...Array<number>(100).fill(0.05),
      ...Array<null>(20).fill(null),
    ]);
    expect(samples.data[0]).toMatchObject({ novelty: 0.99 });
  });
});

describe('the evaluation agent', () => {
  interface AgentRun {
    state: string;
    why: string;
  }
  const said = (pattern: RegExp) =>
    until(
      `the agent says ${pattern}`,
      async () => {
        const { body } = await platform.json('GET', '/api/v1/agents/evaluation/runs');
        return (body as { data: AgentRun[] }).data.find(
          ({ state, why }) => state !== 'running' && pattern.test(why ?? ''),
        );
      },
      60_000,
    );

  it('claims nothing from a handful of decisions', async () => {
    platform.world.decisions = [decision(1, { word: 'card', tool: 'block_card', at: '2026-01-03T00:00:00.000Z' })];
    await platform.deployed('v1');
    await said(/1 new teacher decisions, 50 are needed/);
  });

  it('finds drift and a broken promise in what was decided since, and asks for a retraining once', async () => {
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
    await platform.json('POST', '/api/v1/agents/evaluation:wake', { reason: 'again' });
    await until('it looked again', async () => {
      const types = (await platform.events()).slice(before).map(({ type }) => type);
      return types.filter((type) => type === 'DRIFT_DETECTED').length === 2 && types;
    });
    const types = (await platform.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'RETRAIN_TRIGGERED')).toHaveLength(1);
  });
});
