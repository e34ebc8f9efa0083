import { getModelVersion, trainingRuns, urlOf, type ModelVersionView, type TrainingRun } from '@retort/contracts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadStudent } from '@retort/student';
import { until } from '@retort/testing';
import { startKubernetesServer, type KubernetesServer } from '@retort/testing/kubernetes';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { learnableRows, startPlatform, tools, type Platform } from './platform.ts';

/** The container trains for real, in a process of its own. */
vi.setConfig({ testTimeout: 180_000 });
const quick = { epochs: 3, hidden: 8, folds: 2 };
const root = fileURLToPath(new URL('../../../../', import.meta.url));
const entry = fileURLToPath(new URL('../../src/train-job/main.ts', import.meta.url));

let platform: Platform;
let cluster: KubernetesServer;
let folder: string;
/** While this file is there, a container stands still once it has told how far it is. */
let standstill: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retort-cluster-'));
  standstill = join(folder, 'standstill');
  cluster = await startKubernetesServer({
    namespace: 'retort',
    node: { workingDirectory: root, claims: new Map([['retort-data', folder]]) },
  });
  platform = await startPlatform(
    {
      auto: false,
      provider: 'kubernetes',
      kubernetesApiUrl: cluster.url,
      kubernetesToken: cluster.token,
      trainJobImage: 'retort:test',
      trainJobVolumeClaim: 'retort-data',
      trainJobCommand: [
        process.execPath,
        '--conditions=source',
        '--import',
        'tsx',
        '--import',
        new URL(`./standstill.mjs?${standstill}`, import.meta.url).href,
        entry,
      ],
      pollMs: 20,
    },
    { dataFolder: folder },
  );
  await platform.publish('d1', learnableRows(240));
});
afterAll(async () => {
  await platform.close();
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => cluster.release());

const start = async (input: object = {}) => {
  const { status, body } = await platform.json('POST', trainingRuns.create.path, {
    dataset_version: 'd1',
    configuration: quick,
    ...input,
  });
  expect(status).toBe(202);
  return (body as TrainingRun).run_id;
};
const get = async (runId: string) =>
  (await platform.json('GET', urlOf(trainingRuns.get, { params: { run_id: runId } }))).body as TrainingRun;
const finished = (runId: string) =>
  until(
    'the run ends',
    async () => {
      const run = await get(runId);
      return run.state === 'queued' || run.state === 'running' ? null : run;
    },
    150_000,
  );
const jobOf = (runId: string) =>
  until('the Job is known', async () => cluster.jobs.get((await get(runId)).remote_job?.split('/')[1] ?? '') ?? null);
/** Lets the container of a held Job start once the file that it is to read has been lost. */
async function withoutItsTask(runId: string) {
  const job = await jobOf(runId);
  const env = job.spec.template.spec.containers[0]!.env!;
  const [, hex] = env.find(({ name }) => name === 'RETORT_TRAIN_TASK')!.value.split(':');
  await rm(join(folder, 'artifacts', 'sha256', hex!.slice(0, 2), hex!));
  cluster.release();
  return job;
}

describe('a student trained in a Kubernetes Job', () => {
  it('is the same student, byte for byte, and goes through the same gate', async () => {
    const runId = await start();
    const run = await finished(runId);
    expect(run).toMatchObject({ state: 'succeeded', provider: 'kubernetes', deployed: true, error: null });
    const local = await finished(await start({ provider: 'local' }));
    expect(local.model_version).toBe(run.model_version);
    const path = urlOf(getModelVersion, { params: { model: 'tool-calling', version: String(run.model_version) } });
    expect((await platform.json('GET', path)).body as ModelVersionView).toMatchObject({ stage: 'serving', tools: 4 });
    const artifact = await platform.request('GET', `${path}/artifact`);
    const student = loadStudent(new Uint8Array(await artifact.arrayBuffer()));
    expect(student.predict({ context: { query: 'block my card number 9' }, tools }).served).toBe(true);
    const events = await (
      await platform.request('GET', urlOf(trainingRuns.events, { params: { run_id: runId } }))
    ).text();
    expect(events).toContain('"step":"in a Job: ');
  });

  it('runs with no rights but the volume, and says whose run it is', async () => {
    const { metadata, spec } = [...cluster.jobs.values()][0]!;
    expect(metadata.annotations).toMatchObject({ 'retort/model': 'tool-calling' });
    expect(metadata.name).toBe(`retort-train-${metadata.annotations!['retort/run-id']}`);
    expect(spec).toMatchObject({
      backoffLimit: 2,
      template: {
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true },
          containers: [{ image: 'retort:test', securityContext: { allowPrivilegeEscalation: false } }],
        },
      },
    });
  });

  it('takes its Job along when it is cancelled', async () => {
    cluster.hold();
    const runId = await start({ seed: 3 });
    const job = await jobOf(runId);
    await platform.json('POST', urlOf(trainingRuns.cancel, { params: { run_id: runId } }));
    expect((await finished(runId)).state).toBe('cancelled');
    expect(cluster.jobs.has(job.metadata.name)).toBe(false);
  });

  it('joins its Job again after the process that watched it has gone', async () => {
    cluster.hold();
    const runId = await start({ seed: 4 });
    const job = await jobOf(runId);
    await platform.restart();
    expect(cluster.jobs.get(job.metadata.name)).toBe(job);
    cluster.release();
    expect(await finished(runId)).toMatchObject({ state: 'succeeded' });
    expect(cluster.pods.filter((pod) => pod.job === job.metadata.name)).toHaveLength(1);
  });

  it('survives a connection to the API server that breaks', async () => {
    cluster.hold();
    const runId = await start({ seed: 5 });
    await jobOf(runId);
    cluster.breakConnection();
    cluster.release();
    expect(await finished(runId)).toMatchObject({ state: 'succeeded' });
  });

  it('survives a node that goes away: the Job is tried again', async () => {
    await writeFile(standstill, '');
    const runId = await start({ model: 'evicted' });
    const { metadata } = await jobOf(runId);
    const pods = () => cluster.pods.filter((pod) => pod.job === metadata.name);
    await until('the container works', async () => pods()[0]?.log.includes('fraction'));
    cluster.killContainers();
    await rm(standstill);
    expect(await finished(runId)).toMatchObject({ state: 'succeeded', deployed: true });
    expect(pods().map(({ terminated }) => terminated?.exitCode)).toEqual([137, 0]);
  });

  it('fails with the reason of its container, which is not tried again where that is hopeless', async () => {
    cluster.hold();
    const runId = await start({ seed: 6, model: 'hopeless' });
    const { metadata } = await withoutItsTask(runId);
    expect(await finished(runId)).toMatchObject({ state: 'failed', error: { code: 'artifact.missing' } });
    expect(cluster.pods.filter((pod) => pod.job === metadata.name)).toHaveLength(1);
  });

  it('that failed may be resumed with a Job of its own', async () => {
    cluster.hold();
    const runId = await start({ seed: 7, model: 'resumed' });
    const failed = await withoutItsTask(runId);
    expect((await finished(runId)).state).toBe('failed');
    cluster.hold();
    await platform.json('POST', urlOf(trainingRuns.resume, { params: { run_id: runId } }));
    await until('another Job has taken its place', async () => {
      const job = cluster.jobs.get(failed.metadata.name);
      return job !== undefined && job !== failed;
    });
    await platform.json('POST', urlOf(trainingRuns.cancel, { params: { run_id: runId } }));
    expect((await finished(runId)).state).toBe('cancelled');
  });

  it('fails with what the API server says against the Job', async () => {
    const claim = cluster.jobs.size;
    const other = await startPlatform({
      auto: false,
      provider: 'kubernetes',
      kubernetesApiUrl: cluster.url,
      kubernetesToken: cluster.token,
      trainJobImage: 'retort:test',
      trainJobVolumeClaim: 'no-such-claim',
      pollMs: 20,
    });
    try {
      await other.publish('d1', learnableRows(40));
      const { body } = await other.json('POST', trainingRuns.create.path, { dataset_version: 'd1' });
      const { run_id } = body as TrainingRun;
      const run = await until('the run fails', async () => {
        const { body } = await other.json('GET', urlOf(trainingRuns.get, { params: { run_id: run_id } }));
        return (body as TrainingRun).state === 'failed' ? (body as TrainingRun) : null;
      });
      expect(run.error).toMatchObject({ code: 'kubernetes.refused' });
      expect(run.error!.message).toContain('persistentvolumeclaim "no-such-claim" not found');
      expect(cluster.jobs.size).toBe(claim);
    } finally {
      await other.close();
    }
  });
});
