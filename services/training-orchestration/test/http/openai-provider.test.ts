import { getModelVersion, trainingRuns, urlOf, type ModelVersionView, type TrainingRun } from '@retort/contracts';
import { until } from '@retort/testing';
import { startFineTuningServer, type FineTuningServer } from '@retort/testing/fine-tuning';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { learnableRows, startPlatform, type Platform } from './platform.ts';

let platform: Platform;
let server: FineTuningServer;
beforeAll(async () => {
  server = await startFineTuningServer();
  platform = await startPlatform({
    auto: false,
    fineTuningBaseUrl: server.baseUrl,
    fineTuningApiKey: server.apiKey,
    fineTuningModel: 'base-model',
    pollMs: 5,
  });
  await platform.publish('d1', learnableRows(240));
});
afterAll(async () => {
  await platform.close();
  await server.close();
});
afterEach(() => server.release());

const start = async (input: object = {}) => {
  const { status, body } = await platform.json('POST', trainingRuns.create.path, {
    dataset_version: 'd1',
    provider: 'openai',
    model: 'tuned',
    ...input,
  });
  expect(status).toBe(202);
  return (body as TrainingRun).run_id;
};
const get = async (runId: string) =>
  (await platform.json('GET', urlOf(trainingRuns.get, { params: { run_id: runId } }))).body as TrainingRun;
const finished = (runId: string) =>
  until('the run ends', async () => {
    const run = await get(runId);
    return run.state === 'queued' || run.state === 'running' ? null : run;
  });
const startedRemotely = (runId: string) => until('the job is known', async () => (await get(runId)).remote_job ?? null);
const jobs = () => [...server.jobs.values()];

describe('a model fine-tuned at an OpenAI-compatible endpoint', () => {
  it('is registered with its job, checkpoints and its agreement on held-out decisions, and never serves as a student', async () => {
    const run = await finished(await start());
    expect(run).toMatchObject({ state: 'succeeded', provider: 'openai', deployed: false, error: null });
    expect(run.refused.map(({ code }) => code)).toEqual(['gate.no-threshold']);
    const { body } = await platform.json(
      'GET',
      urlOf(getModelVersion, { params: { model: 'tuned', version: String(run.model_version) } }),
    );
    const version = body as ModelVersionView;
    expect(version).toMatchObject({
      stage: 'refused',
      provider: 'openai',
      tools: 4,
      guarantee: { kind: 'none' },
      card: { kind: 'hosted-model', base_model: 'base-model', job: run.remote_job, method: 'supervised' },
    });
    expect(version.card['checkpoints']).toHaveLength(3);
    expect(version.evaluation!.decisions).toBeGreaterThan(20);
    expect(version.evaluation!.call_agreement.value).toBeGreaterThan(0.9);
    const events = await platform.modelEvents('tuned');
    expect(events.map(({ type }) => type)).toEqual(['MODEL_TRAINED', 'MODEL_EVALUATED', 'MODEL_DEPLOYMENT_REFUSED']);
  });

  it('was sent files without a request in both', () => {
    const [job] = jobs();
    const requests = (id: string) =>
      new Set(
        server.files
          .get(id)!
          .text.split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.stringify((JSON.parse(line) as { messages: unknown[] }).messages.slice(0, -1))),
      );
    const training = requests(job!.training_file);
    const validation = [...requests(job!.validation_file!)];
    expect(training.size + validation.length).toBe(240);
    expect(validation.filter((request) => training.has(request))).toEqual([]);
  });

  it('goes through the states of its job, which the run tells as they come', async () => {
    const runId = await start({ seed: 2 });
    await finished(runId);
    const events = await (
      await platform.request('GET', urlOf(trainingRuns.events, { params: { run_id: runId } }))
    ).text();
    for (const state of ['validating files', 'queued', 'running', 'succeeded'])
      expect(events).toContain(`"step":"fine-tuning: ${state}"`);
  });

  it('is cancelled there when its run is cancelled', async () => {
    server.hold('running');
    const runId = await start({ seed: 3 });
    const job = await startedRemotely(runId);
    await platform.json('POST', urlOf(trainingRuns.cancel, { params: { run_id: runId } }));
    expect((await finished(runId)).state).toBe('cancelled');
    expect(server.jobs.get(job)!.status).toBe('cancelled');
  });

  it('is not started a second time by a run that is taken up again', async () => {
    server.hold('running');
    const runId = await start({ seed: 4 });
    const job = await startedRemotely(runId);
    const known = jobs().length;
    await platform.restart();
    expect(server.jobs.get(job)!.status).not.toBe('cancelled');
    server.release();
    expect(await finished(runId)).toMatchObject({ state: 'succeeded', remote_job: job });
    expect(jobs()).toHaveLength(known);
  });

  it('is told apart from a job that failed there, with the reason', async () => {
    const runId = await start({ configuration: { base_model: 'unknown-model' } });
    expect(await finished(runId)).toMatchObject({ state: 'failed', error: { code: 'llm.request-refused' } });
  });

  it('is not begun with settings of another provider', async () => {
    const body = { dataset_version: 'd1', provider: 'openai', model: 'tuned', configuration: { folds: 3 } };
    const answer = await platform.json('POST', trainingRuns.create.path, body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/configuration/folds' }] } });
  });

  it('is not begun with data that do not pass the checks', async () => {
    const uploads = server.requests.filter((request) => request === 'POST /v1/files').length;
    const broken = learnableRows(60).map((row, index) =>
      index === 7 ? { ...row, tool_selected: 'nobody_offered_this' } : row,
    );
    await platform.publish('broken', broken);
    const run = await finished(await start({ dataset_version: 'broken' }));
    expect(run).toMatchObject({ state: 'failed', error: { code: 'training.export-invalid' } });
    expect(run.error!.message).toContain('nobody_offered_this is not among the tools');
    await platform.publish('tiny', learnableRows(4));
    expect(await finished(await start({ dataset_version: 'tiny' }))).toMatchObject({
      state: 'failed',
      error: { code: 'training.export-invalid' },
    });
    expect(server.requests.filter((request) => request === 'POST /v1/files')).toHaveLength(uploads);
  });

  it('by preference learns from what the serving student would do wrong; without one there is nothing to prefer', async () => {
    const configuration = { method: 'dpo' };
    expect(await finished(await start({ configuration }))).toMatchObject({
      state: 'failed',
      error: { code: 'training.no-student' },
    });
    const quick = { epochs: 3, hidden: 8, folds: 2 };
    const student = await start({ provider: 'local', configuration: quick });
    expect(await finished(student)).toMatchObject({ state: 'succeeded', deployed: true });
    // The teacher has changed its mind since: the student is wrong on all of these.
    await platform.publish(
      'changed',
      learnableRows(120).map((row) => ({ ...row, tool_selected: 'block_card' })),
    );
    const run = await finished(await start({ configuration, dataset_version: 'changed' }));
    expect(run).toMatchObject({ state: 'succeeded' });
    const job = server.jobs.get(run.remote_job!)!;
    expect(job.method.type).toBe('dpo');
    const line = JSON.parse(server.files.get(job.training_file)!.text.split('\n')[0]!) as Record<string, unknown>;
    expect(Object.keys(line).sort()).toEqual(['input', 'non_preferred_output', 'preferred_output']);
  });

  it('is not offered by a platform that is not set up for it', async () => {
    expect(
      await platform.json('POST', trainingRuns.create.path, { dataset_version: 'd1', provider: 'kubernetes' }),
    ).toMatchObject({ status: 422, body: { errors: [{ pointer: '/provider' }] } });
  });
});
