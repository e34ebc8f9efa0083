import { getPredictionUsage, getServing, predict, predictBatch, type PredictionView } from '@retort/contracts';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@retort/testing';
import { json, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  blocking,
  startBlockingTeacher,
  startPlatform,
  tools,
  toolset,
  trainedArtifact,
  type Platform,
} from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let platform: Platform;
let teacher: Teacher;
let first: string;
let second: string;

beforeAll(async () => {
  teacher = await startBlockingTeacher();
  platform = await startPlatform({ teacherBaseUrl: teacher.url, teacherModel: 'teacher', auditShare: 0 });
  first = (await platform.infrastructure.artifacts.put(trainedArtifact(1))).digest;
  second = (await platform.infrastructure.artifacts.put(trainedArtifact(2))).digest;
});
afterAll(async () => {
  await platform.close();
  await teacher.close();
});

const serving = async () => {
  const { body } = await platform.json('GET', getServing.path);
  return (body as { data: { model_version: string }[] }).data.map(({ model_version }) => model_version);
};
const serves = (version: string | null) =>
  until(`${version} serves`, async () => JSON.stringify(await serving()) === JSON.stringify(version ? [version] : []));
const ask = async (input: object) => {
  const answer = await platform.json('POST', predict.path, input);
  return { ...answer, body: answer.body as PredictionView };
};
const familiar = { context: { query: 'please, the balance of customer 7' } };

describe('inference', () => {
  it('lets the teacher answer before any student is there', async () => {
    const { status, body } = await ask({ ...familiar, tools_available: tools });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      served_by: 'teacher',
      fallback_reason: 'no-model',
      call: { tool_selected: 'block_card' },
      proposal: null,
    });
  });

  it('serves a student once it was deployed, and asks nobody else', async () => {
    await platform.deploy('v1', first);
    await serves('v1');
    const before = teacher.asked.length;
    const { body } = await ask({ ...familiar, id: 'mine', tools_available: tools });
    expect(body).toMatchObject({
      id: 'mine',
      served_by: 'student',
      model_version: 'v1',
      call: { tool_selected: 'get_balance', tool_parameters: {} },
      fallback_reason: null,
    });
    expect(body.confidence).toBeGreaterThanOrEqual(body.threshold!);
    expect(body.promise).toContain('At least 93% of what the student serves is the teacher’s whole answer');
    expect(teacher.asked.length).toBe(before);
  });

  it('knows tools by digest and by name, and says which reference it does not know', async () => {
    for (const reference of [toolset, 'bank'])
      expect((await ask({ ...familiar, toolset: reference })).body.call?.tool_selected).toBe('get_balance');
    expect(await ask({ ...familiar, toolset: 'unknown' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/toolset' }] },
    });
  });

  it('only ever proposes a tool that is offered', async () => {
    const { body } = await ask({ ...familiar, tools_available: [tools[0]], fallback: 'none' });
    expect([null, 'block_card']).toContain(body.proposal?.tool_selected);
  });

  it('serves no call of a tool whose schema it did not learn with, checkable or not, and lives on', async () => {
    const unanswered = async (parameters: object) => {
      const offered = tools.map((tool) => ({ ...tool, parameters }));
      const { status, body } = await ask({ ...familiar, tools_available: offered, fallback: 'none' });
      return { status, by: body.served_by, reason: body.fallback_reason };
    };
    const changed = { status: 200, by: 'none', reason: 'changed-tool' };
    expect(await unanswered({ properties: { a: { pattern: '^(?=a)' } } })).toEqual(changed);
    expect(await unanswered({ properties: { a: { format: 'telephone' } } })).toEqual(changed);
    // Training knew nothing of parameters: a schema that names none is no change, but the call is held to it.
    expect(await unanswered({ $async: true, maxProperties: 5 })).toEqual({ ...changed, reason: 'schema-unchecked' });
    expect(await unanswered({ dependentRequired: {}, minProperties: 1 })).toEqual({
      ...changed,
      reason: 'schema-invalid',
    });
  });

  it('returns the proposal and the reason when it should not serve and nobody else is wanted', async () => {
    const { body } = await ask({ context: { query: '' }, fallback: 'none' });
    expect(body).toMatchObject({ served_by: 'none', call: null, fallback_reason: 'no-tools' });
    expect(body.proposal).not.toBeNull();
  });

  it('answers 503 when the teacher is needed and fails', async () => {
    teacher.answers(json({ error: { message: 'no', type: 'invalid_request_error' } }, { status: 400 }));
    const answer = await ask({ context: { query: '' } });
    expect(answer).toMatchObject({ status: 503, body: { type: '/errors#predictions.teacher-unavailable' } });
    const batch = await platform.json('POST', predictBatch.path, {
      predictions: [{ context: { query: '' } }, { ...familiar, tools_available: tools }],
    });
    teacher.answers(blocking);
    expect(batch).toMatchObject({
      status: 200,
      body: { predictions: [{ served_by: 'none', fallback_reason: 'teacher-unavailable' }, { served_by: 'student' }] },
    });
  });

  it('answers a batch in order and does not count a measurement as traffic', async () => {
    const usage = async () => {
      const { body } = await platform.json('GET', getPredictionUsage.path);
      return (body as { data: { student_calls: number; teacher_prompt_tokens: number }[] }).data[0]!;
    };
    const before = await usage();
    expect(before.teacher_prompt_tokens).toBe(120);
    const words = ['money', 'card', 'balance'];
    const predictions = Array.from({ length: 100 }, (_, index) => ({
      id: String(index),
      context: { query: `please, the ${words[index % 3]!} of customer ${index}` },
      toolset,
      fallback: 'none',
    }));
    const { body } = await platform.json('POST', predictBatch.path, { predictions, counted: false });
    const answers = (body as { predictions: PredictionView[] }).predictions;
    expect(answers.map(({ id }) => id)).toEqual(predictions.map(({ id }) => id));
    expect(answers.slice(0, 3).map(({ proposal }) => proposal?.tool_selected)).toEqual([
      'send_money',
      'block_card',
      'get_balance',
    ]);
    expect(await usage()).toEqual(before);
    await platform.json('POST', predictBatch.path, { predictions });
    expect((await usage()).student_calls).toBeGreaterThan(before.student_calls);
  });

  it('counts a request that the caller takes to a teacher of its own as a teacher call, and no abstention', async () => {
    const usage = async () => {
      const { body } = await platform.json('GET', getPredictionUsage.path);
      return (body as { data: { abstentions: number; caller_teacher_calls: number }[] }).data[0]!;
    };
    const before = await usage();
    const { body } = await ask({ context: { query: '' }, fallback: 'caller' });
    expect(body).toMatchObject({ served_by: 'none', call: null, fallback_reason: 'no-tools' });
    expect(await usage()).toMatchObject({
      abstentions: before.abstentions,
      caller_teacher_calls: before.caller_teacher_calls + 1,
    });
  });

  it('answers for a version that does not serve, without promoting it', async () => {
    platform.versions.set('refused', second);
    expect((await ask({ ...familiar, toolset, model_version: 'refused' })).body.model_version).toBe('refused');
    expect(await serving()).toEqual(['v1']);
    expect(await ask({ ...familiar, toolset, model_version: 'nobody' })).toMatchObject({ status: 404 });
  });

  it('lives on when both the tools and the version of a prediction are wrong', async () => {
    const wrong = { ...familiar, tools_available: [{ name: '' }], model_version: 'nobody-either' };
    expect(await ask(wrong)).toMatchObject({ status: 400 });
    expect(await ask({ ...familiar, toolset, model_version: 'nobody-either' })).toMatchObject({ status: 404 });
  });

  it('refuses a corrupt artifact and goes on with the last good one', async () => {
    const corrupt = (await platform.infrastructure.artifacts.put(Buffer.from('soon to be damaged'))).digest;
    const files = await readdir(platform.folder, { recursive: true, withFileTypes: true });
    const file = files.find(
      (entry) => entry.isFile() && `${entry.parentPath}/${entry.name}`.replaceAll('/', '').includes(corrupt.slice(7)),
    );
    await writeFile(join(file!.parentPath, file!.name), 'damaged');
    await platform.deploy('v2', second);
    await serves('v2');
    await platform.deploy('broken', corrupt);
    await until('the damaged artifact is refused', async () =>
      /retort_model_refusals_total\{[^}]*\} [1-9]/.test(await platform.metrics()),
    );
    expect((await ask({ ...familiar, toolset })).body).toMatchObject({ served_by: 'student', model_version: 'v2' });
  });

  it('goes back to the version before, also after a restart', async () => {
    await platform.rollBack('broken', 'v1');
    await serves('v1');
    await platform.restart();
    await serves('v1');
    await platform.rollBack('v1', null);
    await serves(null);
    expect((await ask({ ...familiar, toolset, fallback: 'none' })).body.fallback_reason).toBe('no-model');
  });

  it('serves nothing that the log has overtaken, when the bus delivers an old deployment again', async () => {
    await platform.deploy('v2', second);
    await serves('v2');
    await platform.deliverAgain(0);
    await until('it is delivered again', async () =>
      (await platform.infrastructure.bus.lag('inference')).every(({ lag }) => lag === 0n),
    );
    const { rows } = await platform.infrastructure.database('inference').query('select model_version from serving');
    expect(rows).toEqual([{ model_version: 'v2' }]);
  });

  it('shows a tenant nothing of another', async () => {
    await platform.deploy('v1', first);
    await serves('v1');
    const other = await platform.keyOf('other');
    expect(await platform.json('GET', getServing.path, undefined, other)).toMatchObject({ body: { data: [] } });
    const usage = await platform.json('GET', getPredictionUsage.path, undefined, other);
    expect(usage).toMatchObject({ body: { data: [] } });
  });

  it.each([
    ['no context', { toolset: 'bank' }, '/context'],
    ['a context that is no object', { context: [] }, '/context'],
    ['a fallback nobody knows', { context: {}, fallback: 'magic' }, '/fallback'],
    ['tools without a name', { context: {}, tools_available: [{}] }, '/tools_available/0/name'],
    ['tools in both forms', { context: {}, tools_available: [], toolset: 'bank' }, '/toolset'],
  ])('names the field of %s', async (_what, input, pointer) => {
    expect(await ask(input)).toMatchObject({ status: 400, body: { errors: [{ pointer }] } });
  });

  it('takes emoji, other scripts and very long text in its stride', async () => {
    for (const query of ['🏦💸', '残高を教えて', 'x'.repeat(100_000), '\u0000'])
      expect((await ask({ context: { query }, toolset, fallback: 'none' })).status).toBe(200);
  });
});
