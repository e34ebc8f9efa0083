import { optimizationRuns, urlOf, type optimizationRun, type promptVersionView } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { startPlatform, startTeacher, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

type Version = z.infer<typeof promptVersionView>;
type OptimizationRun = z.infer<typeof optimizationRun>;

let platform: Platform;
let lonely: Platform;
let teacher: Awaited<ReturnType<typeof startTeacher>>;
beforeAll(async () => {
  teacher = await startTeacher();
  platform = await startPlatform({ teacherBaseUrl: teacher.url, teacherModel: 'teacher' });
  lonely = await startPlatform();
});
afterAll(async () => {
  await platform.close();
  await lonely.close();
  await teacher.close();
});

describe('the prompt registry', () => {
  const path = '/api/v1/prompts/greeting';
  const content = (instruction: string) => ({ instruction, demonstrations: [] });

  it('numbers versions, and takes the same content again for the version that is there', async () => {
    const first = await platform.json('POST', `${path}/versions`, content('Be brief.'));
    expect(first).toMatchObject({ status: 201, body: { version: 1, labels: [] } });
    expect(first.headers.get('location')).toBe(`${path}/versions/1`);
    expect(await platform.json('POST', `${path}/versions`, content('Be exact.'))).toMatchObject({
      status: 201,
      body: { version: 2 },
    });
    expect(await platform.json('POST', `${path}/versions`, content('Be brief.'))).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    expect(await platform.json('GET', `${path}/versions/2`)).toMatchObject({ body: { instruction: 'Be exact.' } });
    expect(await platform.json('GET', `${path}/versions/3`)).toMatchObject({ status: 404 });
  });

  it('gives every one of many writers at once a number of its own', async () => {
    const added = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        platform.json('POST', '/api/v1/prompts/busy/versions', content(`Version ${index}.`)),
      ),
    );
    expect(added.map(({ body }) => (body as Version).version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('answers a label with what it stands for, and 304 until that changes', async () => {
    expect(await platform.json('GET', path)).toMatchObject({ status: 404 });
    await platform.json('PUT', `${path}/labels/production`, { version: 1 });
    const labelled = await platform.json('GET', path);
    expect(labelled).toMatchObject({ status: 200, body: { version: 1, labels: ['production'] } });
    const etag = { 'if-none-match': labelled.headers.get('etag')! };
    expect((await platform.request('GET', path, undefined, etag)).status).toBe(304);
    await platform.json('PUT', `${path}/labels/production`, { version: 2 });
    expect((await platform.request('GET', path, undefined, etag)).status).toBe(200);
    expect(await platform.json('PUT', `${path}/labels/production`, { version: 9 })).toMatchObject({ status: 404 });
  });

  it('names the field that is wrong', async () =>
    expect(await platform.json('POST', `${path}/versions`, { demonstrations: [] })).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/instruction' }] },
    }));
});

describe('an optimisation', () => {
  it('without a teacher is refused, and told what to set', async () => {
    const refused = await lonely.json('POST', optimizationRuns.create.path, { prompt: 'tool-calling' });
    expect(refused).toMatchObject({ status: 409, body: { type: 'urn:retort:problem:prompts.no-teacher' } });
    expect((refused.body as { detail: string }).detail).toContain('RETORT_TEACHER_BASE_URL');
  });

  it('makes a better prompt within its budget, labels it, and puts it on the record', async () => {
    const input = { prompt: 'tool-calling', agents: ['customer'], budget: 60 };
    const { status, body } = await platform.json('POST', optimizationRuns.create.path, input);
    expect(status).toBe(202);
    const { run_id } = body as OptimizationRun;
    const run = await until('the run ends', async () => {
      const found = (await platform.json('GET', urlOf(optimizationRuns.get, { params: { run_id: run_id } })))
        .body as OptimizationRun;
      return found.state === 'queued' || found.state === 'running' ? null : found;
    });
    expect(run).toMatchObject({ state: 'succeeded', prompt_version: 1, error: null });
    expect(run.score!.value).toBe(1);
    expect(run.baseline!.value).toBeLessThan(1);
    expect(run.teacher_calls).toBe(teacher.calls);
    expect(run.teacher_calls).toBeLessThanOrEqual(60);

    const prompt = (await platform.json('GET', '/api/v1/prompts/tool-calling')).body as Version;
    expect(prompt).toMatchObject({ version: 1, labels: ['production'] });
    expect(prompt.demonstrations).toHaveLength(16);
    const events = await platform.events('tool-calling');
    expect(events.map(({ type }) => type)).toEqual(['PROMPT_VERSION_ADDED', 'PROMPT_LABELLED', 'PROMPTS_OPTIMIZED']);
    const event = events.at(-1);
    expect(JSON.parse(event!.json)).toMatchObject({ run_id, prompt_version: 1, teacher_calls: run.teacher_calls });
    const earlier = await platform.json('GET', '/api/v1/optimization-runs?state=succeeded&as_of=2026-01-01T00:00:00Z');
    expect((earlier.body as { data: unknown[] }).data).toEqual([]);
    const history = await platform.json(
      'GET',
      `/api/v1/optimization-runs?state=succeeded&recorded_as_of=${new Date().toISOString()}`,
    );
    expect((history.body as { data: unknown[] }).data).toHaveLength(1);
  });

  it('with a budget too small to measure anything says so', async () => {
    const { body } = await platform.json('POST', optimizationRuns.create.path, { prompt: 'tool-calling', budget: 1 });
    const run = await until('the run ends', async () => {
      const found = (
        await platform.json(
          'GET',
          urlOf(optimizationRuns.get, { params: { run_id: (body as OptimizationRun).run_id } }),
        )
      ).body as OptimizationRun;
      return found.state === 'failed' ? found : null;
    });
    expect(run.error?.code).toBe('prompts.too-few-examples');
  });
});
