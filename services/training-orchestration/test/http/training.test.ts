import {
  deployModel,
  getModel,
  getModelVersion,
  listDeployments,
  promoteModel,
  rollBackModel,
  trainingRuns,
  urlOf,
  type ModelCard,
  type ModelVersionView,
  type TrainingRun,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { loadStudent } from '@retort/student';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { learnableRows, randomRows, startPlatform, tools, type Platform } from './platform.ts';

const quick = { epochs: 3, hidden: 8, folds: 2 };

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ auto: false });
});
afterAll(() => platform.close());

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 180_000 });

async function finished(runId: string): Promise<TrainingRun> {
  return until(
    'the run ends',
    async () => {
      const { body } = await platform.json('GET', urlOf(trainingRuns.get, { params: { run_id: runId } }));
      const run = body as TrainingRun;
      return run.state === 'queued' || run.state === 'running' ? null : run;
    },
    150_000,
  );
}
async function train(input: object): Promise<TrainingRun> {
  const { status, headers, body } = await platform.json('POST', trainingRuns.create.path, {
    configuration: quick,
    ...input,
  });
  expect(status).toBe(202);
  const { run_id } = body as TrainingRun;
  expect(headers.get('location')).toBe(urlOf(trainingRuns.get, { params: { run_id: run_id } }));
  return finished(run_id);
}

describe('a training run', () => {
  it('ends in a deployed student, every step on the record and caused by the one before', async () => {
    const cause = await platform.publish('d1', learnableRows(240));
    const run = await train({ dataset_version: 'd1' });
    expect(run).toMatchObject({ state: 'succeeded', deployed: true, refused: [], error: null, dataset_version: 'd1' });

    const events = await platform.modelEvents();
    expect(events.map(({ type }) => type)).toEqual(['MODEL_TRAINED', 'MODEL_EVALUATED', 'MODEL_DEPLOYED']);
    expect(events.map(({ causationId }) => causationId)).toEqual([cause, events[0]!.id, events[1]!.id]);
    expect(new Set(events.map(({ correlationId }) => correlationId))).toEqual(new Set(['loop-1']));

    const path = urlOf(getModelVersion, { params: { model: 'tool-calling', version: String(run.model_version) } });
    const { body } = await platform.json('GET', path);
    const version = body as ModelVersionView;
    expect(version).toMatchObject({ stage: 'serving', rows: 240, tools: 4, dataset_version: 'd1' });
    expect(version.guarantee.threshold).not.toBeNull();
    expect(version.promise).toContain('At least 93% of what the student serves is the teacher’s whole answer');
    expect(version.slices?.filter(({ by }) => by === 'tool').map(({ name }) => name)).toEqual(
      tools.map(({ name }) => name).sort(),
    );
    expect(version.slices?.filter(({ by }) => by === 'agent')).toMatchObject([{ name: 'customer', promised: true }]);
    expect(version.evaluation?.coverage.denominator).toBeGreaterThan(0);

    const card = (await platform.json('GET', `${path}/card`)).body as ModelCard;
    expect(card).toMatchObject({ stage: 'serving', tool_floor: 0.8, data: { dataset_version: 'd1', rows: 240 } });
    expect(card.stages.map(({ stage }) => stage)).toEqual(['trained', 'evaluated', 'serving']);
    expect(card.figures!.served_call_agreement.interval).toHaveLength(2);
    expect(card.tool_floors).toHaveLength(4);
    expect(card).toMatchObject({ attempt: 1, ladder: { share: expect.any(Number) }, slices: expect.any(Array) });
    expect(card.ladder!.rungs.map(({ share }) => share)).toEqual([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
    expect(card.novelty!.kinds.length).toBeGreaterThan(0);
    expect(card.slices.length).toBeGreaterThanOrEqual(4);
    const { served_tool_agreement, served_call_agreement, risk_coverage, words, tool_turns } = card.figures!;
    expect(served_call_agreement.denominator).toBeGreaterThan(0);
    expect(served_tool_agreement.denominator).toBe(served_call_agreement.denominator);
    expect(risk_coverage!.curve.at(-1)!.coverage).toBeGreaterThanOrEqual(served_call_agreement.denominator / 240);
    expect({ words, tool_turns }).toEqual({ words: 0, tool_turns: 240 });

    const artifact = await platform.request('GET', `${path}/artifact`);
    expect(artifact.headers.get('content-type')).toBe('application/octet-stream');
    const student = loadStudent(new Uint8Array(await artifact.arrayBuffer()));
    expect(student.predict({ context: { query: 'block my card number 9' }, tools }).call.tool).toBe('block_card');
    const again = await platform.request('GET', `${path}/artifact`, undefined, {
      'if-none-match': artifact.headers.get('etag')!,
    });
    expect(again.status).toBe(304);
  });

  it('gives the same version again for the same data, and deploys it once', async () => {
    const run = await train({ dataset_version: 'd1' });
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    const types = (await platform.modelEvents()).map(({ type }) => type);
    expect(types.filter((type) => type === 'MODEL_TRAINED')).toHaveLength(1);
    expect(types.filter((type) => type === 'MODEL_DEPLOYED')).toHaveLength(1);
  });

  it('on an experiment leaves what serves in place, and says why', async () => {
    await platform.publish('experiment-1', learnableRows(160));
    const serving = async () =>
      ((await platform.json('GET', urlOf(getModel, { params: { model: 'tool-calling' } }))).body as { serving: string })
        .serving;
    const before = await serving();
    const run = await train({ dataset_version: 'experiment-1' });
    expect(run).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.experiment' }] });
    expect(await serving()).toBe(before);
  });

  it('on an experiment is deployed only on a key that may approve models', async () => {
    const body = { dataset_version: 'experiment-1', model: 'experimental', configuration: quick, deploy: true };
    const trainer = await platform.keyWith('training:run', 'models:read');
    const refused = await platform.request('POST', trainingRuns.create.path, body, trainer);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ errors: [{ pointer: '/deploy' }] });
    expect(await train(body)).toMatchObject({ state: 'succeeded', deployed: true });
  });

  it('is not accepted on a data set that does not exist', async () => {
    const { status, body } = await platform.json('POST', trainingRuns.create.path, { dataset_version: 'nowhere' });
    expect(status).toBe(404);
    expect(body).toMatchObject({ type: expect.stringContaining('curation.dataset-unknown') });
  });

  it('is not accepted with a setting that the trainer has not, or with a value that it cannot have', async () => {
    const refused = async (configuration: object) => {
      const { status, body } = await platform.json('POST', trainingRuns.create.path, { configuration });
      return [status, (body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)];
    };
    expect(await refused({ query: 'What is my balance?' })).toEqual([422, ['/configuration/query']]);
    expect(await refused({ epochs: -1 })).toEqual([422, ['/configuration/epochs']]);
  });

  it('that requires a guarantee of every slice ends in a student that serves no other', async () => {
    // Of the fourth tool there are so few decisions that it can guarantee nothing by itself.
    const rows = learnableRows(720).filter(
      ({ tool_selected }, index) => tool_selected !== 'open_account' || index < 60,
    );
    await platform.publish('sliced', rows);
    const run = await train({ dataset_version: 'sliced', slices: 'required', model: 'sliced' });
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    const path = urlOf(getModelVersion, { params: { model: 'sliced', version: String(run.model_version) } });
    const artifact = await platform.request('GET', `${path}/artifact`);
    const student = loadStudent(new Uint8Array(await artifact.arrayBuffer()));
    const ask = (query: string, agent?: string) =>
      student.predict({ context: { query }, tools, ...(agent && { agent }) });
    expect(ask('block my card number 8').served).toBe(true);
    expect(ask('block my card number 8', 'customer').served).toBe(true);
    expect(ask('block my card number 8', 'stranger').reason).toBe('slice-without-promise');
    expect(ask('open an account number 3').reason).toBe('slice-without-promise');
  });

  it('that is to compare configurations first keeps the record of it, on the run, the event and the version', async () => {
    await platform.publish('enough', learnableRows(1000));
    const run = await train({
      dataset_version: 'enough',
      model: 'searched',
      search: { candidates: 2, seconds: 60 },
      configuration: { ...quick, networks: 1 },
    });
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    expect(run.search!.tried.length).toBeGreaterThan(0);
    expect(run.search!.tried.length + run.search!.left).toBe(2);
    expect(run.search!.decisions).toBeGreaterThan(200);
    const [trained] = await platform.modelEvents('searched');
    expect((JSON.parse(trained!.json) as { search: object }).search).toEqual(run.search);
    const { body } = await platform.json(
      'GET',
      urlOf(getModelVersion, { params: { model: 'searched', version: String(run.model_version) } }),
    );
    expect(body as ModelVersionView).toMatchObject({ search: run.search, configuration: run.search!.chosen });
  });

  it('ends with the reasons when the gate refuses, and the one that serves goes on serving', async () => {
    await platform.publish('noise', randomRows(160));
    const run = await train({ dataset_version: 'noise' });
    expect(run).toMatchObject({ state: 'succeeded', deployed: false });
    // What serves was asked the same turns when it was trained, and serves many of them: the two are compared on those.
    expect(run.refused.map(({ code }) => code)).toEqual(['gate.no-threshold', 'gate.serves-less']);
    const { body } = await platform.json('GET', urlOf(getModel, { params: { model: 'tool-calling' } }));
    expect((body as { serving: string }).serving).not.toBe(run.model_version);
    const asked = await platform.json('POST', deployModel.path, { model_version: run.model_version });
    expect(asked.status).toBe(409);
    expect(asked.body).toMatchObject({
      state: 'refused',
      reasons: [{ code: 'gate.no-threshold' }, { code: 'gate.serves-less' }],
    });
  });

  it('streams its steps, can be followed again from the last one seen, and ends with the run itself', async () => {
    const { body } = await platform.json('POST', trainingRuns.create.path, {
      dataset_version: 'd1',
      deploy: false,
      configuration: quick,
    });
    const path = urlOf(trainingRuns.events, { params: { run_id: (body as TrainingRun).run_id } });
    const all = await (await platform.request('GET', path)).text();
    const ids = [...all.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]));
    expect(ids).toEqual(ids.map((_, index) => index + 1));
    expect(all).toMatch(/"metrics":\{"epoch":\d+,"network":\d+,"epoch_loss":[\d.e-]+\}/);
    expect(all).toMatch(/"metrics":\{"fold_loss":[\d.e-]+,"fold_tool_agreement":[\d.]+\}/);
    expect(all).toContain('"served_call_agreement"');
    expect(all).toMatch(/event: done\ndata: \{.*"state":"succeeded"/);
    const rest = await (await platform.request('GET', path, undefined, { 'last-event-id': String(ids.at(-2)) })).text();
    expect([...rest.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))).toEqual([ids.at(-1)]);
  });

  it('that is cancelled leaves nothing on the record', async () => {
    await platform.publish('large', learnableRows(4000));
    const before = (await platform.modelEvents()).length;
    const { body } = await platform.json('POST', trainingRuns.create.path, { dataset_version: 'large' });
    const { run_id } = body as TrainingRun;
    const cancelled = await platform.json('POST', urlOf(trainingRuns.cancel, { params: { run_id: run_id } }));
    expect(cancelled.status).toBe(200);
    expect((await finished(run_id)).state).toBe('cancelled');
    expect(await platform.modelEvents()).toHaveLength(before);
  });

  it('that was under way when the process was stopped or killed is taken up again, and ends as it would have', async () => {
    const { body } = await platform.json('POST', trainingRuns.create.path, {
      dataset_version: 'large',
      model: 'resumed',
    });
    const { run_id } = body as TrainingRun;
    const underWay = () =>
      until('the run is under way', async () => {
        const { body } = await platform.json('GET', urlOf(trainingRuns.get, { params: { run_id: run_id } }));
        return (body as TrainingRun).state === 'running';
      });
    await underWay();
    await platform.restart();
    await underWay();
    // What a killed process leaves behind: a run that says it is running, of an owner that is silent.
    const database = platform.infrastructure.database('training_orchestration');
    await platform.restart(async () => {
      await database.query(
        `update runs set state = 'running', owner = 'gone', heartbeat_at = now() - interval '1 hour' where run_id = $1`,
        [run_id],
      );
    });
    expect(await finished(run_id)).toMatchObject({ state: 'succeeded', deployed: true });
    const types = (await platform.modelEvents('resumed')).map(({ type }) => type);
    expect(types).toEqual(['MODEL_TRAINED', 'MODEL_EVALUATED', 'MODEL_DEPLOYED']);
  });

  it('that was cancelled may be resumed', async () => {
    const { body } = await platform.json('POST', trainingRuns.create.path, {
      dataset_version: 'large',
      model: 'again',
    });
    const { run_id } = body as TrainingRun;
    await platform.json('POST', urlOf(trainingRuns.cancel, { params: { run_id: run_id } }));
    expect((await finished(run_id)).state).toBe('cancelled');
    const resumed = await platform.json('POST', urlOf(trainingRuns.resume, { params: { run_id: run_id } }));
    expect(resumed).toMatchObject({ status: 200, body: { state: 'queued', error: null } });
    await platform.json('POST', urlOf(trainingRuns.cancel, { params: { run_id: run_id } }));
    expect((await finished(run_id)).state).toBe('cancelled');
  });

  it('on data nobody published fails with a plain reason', async () => {
    const missing = await platform.json('GET', urlOf(trainingRuns.get, { params: { run_id: 'nobody' } }));
    expect(missing).toMatchObject({ status: 404, body: { type: '/errors#training.no-such-run' } });
    const invalid = await platform.json('POST', trainingRuns.create.path, { target: 2 });
    expect(invalid).toMatchObject({ status: 400, body: { errors: [{ pointer: '/target' }] } });
  });
});

const deployments = async (model = 'tool-calling') => {
  const { body } = await platform.json('GET', listDeployments.path);
  return (body as { data: { model: string }[] }).data.filter((deployed) => deployed.model === model);
};

describe('a version that challenges what serves', () => {
  const model = 'challenged';
  const act = (endpoint: typeof promoteModel | typeof rollBackModel, body: object) =>
    platform.json('POST', urlOf(endpoint, { params: { model } }), body);

  it('is promoted, or taken back, by one call that may be repeated', async () => {
    const versions: string[] = [];
    for (const seed of [1, 2]) {
      const { model_version } = await train({ dataset_version: 'd1', model, seed, deploy: false });
      versions.push(model_version!);
    }
    const [first, second] = versions as [string, string];
    await platform.json('POST', deployModel.path, { model, model_version: first });
    const challenge = { model, model_version: second, strategy: 'canary', percent: 20 };
    for (let time = 0; time < 2; time++)
      expect(await platform.json('POST', deployModel.path, challenge)).toMatchObject({
        status: 200,
        body: { state: 'challenges', reasons: [] },
      });
    expect(await deployments(model)).toMatchObject([
      { champion: { model_version: first }, challenger: { model_version: second, strategy: 'canary', percent: 20 } },
    ]);
    for (let time = 0; time < 2; time++)
      expect(await act(promoteModel, { model_version: second })).toMatchObject({
        status: 200,
        body: { serving: second, challenger: null },
      });
    for (let time = 0; time < 2; time++)
      expect(await act(rollBackModel, { reason: 'errors', from: second })).toMatchObject({
        status: 200,
        body: { serving: first },
      });
    expect(await deployments(model)).toMatchObject([
      { champion: { model_version: first }, previous: null, ended: [{ outcome: 'promoted', model_version: second }] },
    ]);
    expect(await act(rollBackModel, { reason: 'errors', from: 'never-trained' })).toMatchObject({ status: 404 });
    expect(await act(promoteModel, { model_version: second })).toMatchObject({
      status: 409,
      body: { type: '/errors#deployment.no-challenger' },
    });
    const types = (await platform.modelEvents(model)).map(({ type }) => type).slice(-4);
    expect(types).toEqual(['MODEL_DEPLOYED', 'MODEL_ROLLOUT_STARTED', 'MODEL_DEPLOYED', 'MODEL_ROLLED_BACK']);
  });
});

describe('a roll-back', () => {
  it('leads to the teacher when no version served before, and is idempotent', async () => {
    const [deployed] = await deployments();
    expect(deployed).toMatchObject({ champion: { model_version: expect.any(String) as string }, challenger: null });
    const first = await platform.json('POST', urlOf(rollBackModel, { params: { model: 'tool-calling' } }), {
      reason: 'wrong answers',
    });
    expect(first).toMatchObject({ status: 200, body: { serving: null } });
    const events = (await platform.modelEvents()).length;
    await platform.json('POST', urlOf(rollBackModel, { params: { model: 'tool-calling' } }), {
      reason: 'wrong answers',
    });
    expect(await platform.modelEvents()).toHaveLength(events);
  });

  it('pins: what was rolled back does not return by itself, also when its data are trained on again', async () => {
    const run = await train({ dataset_version: 'd1' });
    expect(run).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.rolled-back' }] });
    const other = await train({ dataset_version: 'd1', seed: 9 });
    expect(other.model_version).not.toBe(run.model_version);
    expect(other.refused.map(({ code }) => code)).toContain('gate.rolled-back');
    const deployment = { model_version: run.model_version };
    const narrow = await platform.keyWith('training:run', 'models:read');
    expect((await platform.request('POST', deployModel.path, deployment, narrow)).status).toBe(403);
    const approved = await platform.json('POST', deployModel.path, deployment);
    expect(approved).toMatchObject({ status: 200, body: { state: 'deployed' } });
  });
});
