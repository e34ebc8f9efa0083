import {
  addPromptVersion,
  getPrompt,
  getPromptMessages,
  getPromptVersion,
  labelPrompt,
  listPrompts,
  optimizationRuns,
  urlOf,
} from '@retort/contracts';
import { startService, type StartedService } from '@retort/service-testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { service } from '../../src/service.ts';
import { curatedStubs as stubs } from './curated-stubs.ts';
import { startLearningTeacher } from './teacher.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let platform: StartedService;
let withoutTeacher: StartedService;
let teacher: Awaited<ReturnType<typeof startLearningTeacher>>;
beforeAll(async () => {
  teacher = await startLearningTeacher();
  platform = await startService(service, {
    stubs,
    settings: { teacherBaseUrl: teacher.url, teacherModel: 'teacher' },
  });
  withoutTeacher = await startService(service, { stubs });
});
afterAll(async () => {
  await platform?.close();
  await withoutTeacher?.close();
  await teacher?.close();
});

describe('the prompt registry', () => {
  const params = { name: 'greeting' };
  const production = { name: 'greeting', label: 'production' };
  const add = (instruction: string, name = params.name) =>
    platform.call(addPromptVersion, { params: { name }, body: { instruction, demonstrations: [] } });

  it('numbers versions, and answers the same content with the version that exists', async () => {
    const first = await add('Be brief.');
    expect(first).toMatchObject({ status: 201, body: { version: 1, labels: [] } });
    expect(first.headers.get('location')).toBe(urlOf(getPromptVersion, { params: { ...params, version: 1 } }));
    expect(await add('Be exact.')).toMatchObject({ status: 201, body: { version: 2 } });
    expect(await add('Be brief.')).toMatchObject({ status: 200, body: { version: 1 } });
    expect(await platform.call(getPromptVersion, { params: { ...params, version: 2 } })).toMatchObject({
      body: { instruction: 'Be exact.' },
    });
    expect(await platform.call(getPromptVersion, { params: { ...params, version: 3 } })).toMatchObject({ status: 404 });
    expect((await platform.call(listPrompts)).body.data).toContainEqual({ prompt: 'greeting', versions: 2 });
  });

  it.each(['a NUL\0', 'half a pair \ud800'])(
    'refuses %j before it is in the log, and names the field',
    async (text) => {
      const { problem } = await add(text, 'unstorable');
      expect(problem).toMatchObject({ status: 400, errors: [{ pointer: '/instruction' }] });
      const { data } = (await platform.call(listPrompts)).body;
      expect(data.map(({ prompt }) => prompt)).not.toContain('unstorable');
    },
  );

  it('gives each of many concurrent writers a number of its own', async () => {
    const added = await Promise.all(Array.from({ length: 8 }, (_, index) => add(`Version ${index}.`, 'busy')));
    expect(added.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('answers a label with its version, and 304 until the label moves', async () => {
    expect(await platform.call(getPrompt, { params })).toMatchObject({ status: 404 });
    await platform.call(labelPrompt, { params: production, body: { version: 1 } });
    const labelled = await platform.call(getPrompt, { params });
    expect(labelled).toMatchObject({ status: 200, body: { version: 1, labels: ['production'] } });
    const headers = { 'if-none-match': labelled.headers.get('etag')! };
    expect((await platform.call(getPrompt, { params, headers })).status).toBe(304);
    await platform.call(labelPrompt, { params: production, body: { version: 2 } });
    expect((await platform.call(getPrompt, { params, headers })).status).toBe(200);
    expect(await platform.call(labelPrompt, { params: production, body: { version: 9 } })).toMatchObject({
      status: 404,
    });
  });

  it('renders what a label stands for as messages, and answers 304 until it stands for something else', async () => {
    const shown = {
      decision_id: 'd1',
      context: { query: 'hi' },
      tool_selected: 'greet',
      tool_parameters: { loud: true },
    };
    const name = 'rendered';
    const body = { instruction: 'Be brief.', demonstrations: [shown, { ...shown, tool_selected: null }] };
    await platform.call(addPromptVersion, { params: { name }, body });
    await add('Be exact.', name);
    const ask = (headers = {}, label = 'canary') =>
      platform.call(getPromptMessages, { params: { name }, query: { label }, headers });
    expect((await ask()).status).toBe(404);
    const label = (version: number) =>
      platform.call(labelPrompt, { params: { name, label: 'canary' }, body: { version } });
    await label(1);
    const rendered = await ask();
    expect(rendered.body).toEqual({
      prompt: name,
      version: 1,
      messages: [
        {
          role: 'system',
          content: [
            'Be brief.',
            'Example 1: {"query":"hi"}',
            'Answer 1: {"tool":"greet","arguments":{"loud":true}}',
            'Example 2: {"query":"hi"}',
            'Answer 2: no tool',
          ].join('\n'),
        },
      ],
    });
    const known = { 'if-none-match': rendered.headers.get('etag')! };
    expect((await ask(known)).status).toBe(304);
    // Another label on the same version changes nothing about it.
    await platform.call(labelPrompt, { params: { name, label: 'other' }, body: { version: 1 } });
    expect((await ask(known)).status).toBe(304);
    await label(2);
    expect((await ask(known)).body.messages[0]!.content).toBe('Be exact.');
  });

  it('names the field that is wrong', async () =>
    expect(await platform.call(addPromptVersion, { params, body: { demonstrations: [] } as never })).toMatchObject({
      status: 400,
      problem: { errors: [{ pointer: '/instruction' }] },
    }));
});

describe('an optimisation', () => {
  it('without a teacher is refused with the settings to set', async () => {
    const { status, problem } = await withoutTeacher.call(optimizationRuns.create, {
      body: { prompt: 'tool-calling' },
    });
    expect([status, problem!.type]).toEqual([409, expect.stringContaining('prompts.no-teacher')]);
    expect(problem!.detail).toContain('RETORT_TEACHER_BASE_URL');
  });

  it('makes a better prompt within its budget, labels it, and puts it on the record', async () => {
    const run = await platform.run(optimizationRuns, {
      body: { prompt: 'tool-calling', agents: ['customer'], budget: 60 },
    });
    expect(run).toMatchObject({ state: 'succeeded', prompt_version: 1, error: null });
    expect(run.score!.value).toBe(1);
    expect(run.baseline!.value).toBeLessThan(1);
    expect(run.teacher_calls).toBe(teacher.asked.length);
    expect(run.teacher_calls).toBeLessThanOrEqual(60);

    const { body: prompt } = await platform.call(getPrompt, { params: { name: 'tool-calling' } });
    expect(prompt).toMatchObject({ version: 1, labels: ['production'] });
    expect(prompt.demonstrations).toHaveLength(16);
    const events = await platform.stream('prompt-acme.tool-calling');
    expect(events.map(({ type }) => type)).toEqual(['PROMPT_VERSION_ADDED', 'PROMPT_LABELLED', 'PROMPTS_OPTIMIZED']);
    expect(JSON.parse(events.at(-1)!.json)).toMatchObject({
      run_id: run.run_id,
      prompt_version: 1,
      teacher_calls: run.teacher_calls,
    });
    const succeeded = async (moment: object) =>
      (await platform.call(optimizationRuns.list, { query: { state: 'succeeded', ...moment } })).body.data;
    expect(await succeeded({ as_of: '2026-01-01T00:00:00Z' })).toEqual([]);
    expect(await succeeded({ recorded_as_of: new Date().toISOString() })).toHaveLength(1);
  });

  it('whose budget is too small to measure anything fails with a code that says so', async () => {
    const run = await platform.run(optimizationRuns, { body: { prompt: 'tool-calling', budget: 1 } });
    expect(run).toMatchObject({ state: 'failed', error: { code: 'prompts.too-few-examples' } });
  });
});
