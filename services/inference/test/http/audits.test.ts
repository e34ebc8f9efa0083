import { getServing, predict, predictBatch, type PredictionView, type SliceWithdrawn } from '@retort/contracts';
import { until } from '@retort/testing';
import type { Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBlockingTeacher, startPlatform, toolset, trainedArtifact, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

interface SliceAudits {
  by: string;
  name: string | null;
  audits: number;
  wrong: number;
  withdrawn: boolean;
}

let platform: Platform;
let teacher: Teacher;

beforeAll(async () => {
  // This teacher always blocks the card: right for a third of the requests.
  teacher = await startBlockingTeacher();
  platform = await startPlatform({ teacherBaseUrl: teacher.url, teacherModel: 'teacher', auditShare: 1 });
  const { digest } = await platform.infrastructure.artifacts.put(trainedArtifact(2));
  await platform.deploy('v1', digest);
  await until('v1 serves', async () => (await slices()) !== undefined);
});
afterAll(async () => {
  await platform.close();
  await teacher.close();
});

async function slices(): Promise<SliceAudits[] | undefined> {
  const { body } = await platform.json('GET', getServing.path);
  return (body as { data: { audits: SliceAudits[] }[] }).data[0]?.audits;
}
async function ask(word: string, more: object = {}): Promise<PredictionView> {
  const input = { context: { query: `please, the ${word} of customer 7` }, toolset, ...more };
  return (await platform.json('POST', predict.path, input)).body as PredictionView;
}
const audited = (by: string, name: string | null) =>
  slices().then((all) => all?.find((one) => one.by === by && one.name === name));

describe('audits', () => {
  it('ask the teacher for what the student serves, and count right answers as right', async () => {
    for (let request = 0; request < 5; request++) expect((await ask('card')).served_by).toBe('student');
    await until('five audits', async () => (await audited('all', null))?.audits === 5);
    expect(await audited('tool', 'block_card')).toMatchObject({ audits: 5, wrong: 0, withdrawn: false });
  });

  it('are not made of measurements, nor of versions that are only asked for', async () => {
    const input = { context: { query: 'please, the card of customer 7' }, toolset };
    await platform.json('POST', predictBatch.path, { predictions: [input], counted: false });
    await ask('card');
    await until('the sixth audit', async () => (await audited('all', null))?.audits === 6);
  });

  it('that refute a slice take it from the student at once, and put the figures on the record', async () => {
    let answer = await ask('money');
    for (let request = 0; request < 200 && answer.served_by === 'student'; request++) answer = await ask('money');
    expect(answer).toMatchObject({ served_by: 'teacher', fallback_reason: 'withdrawn' });
    const events = await until('the withdrawal is on the record', async () => {
      const found: SliceWithdrawn[] = [];
      for await (const event of platform.infrastructure.events.readStream('model-acme.tool-calling'))
        if (event.type === 'SLICE_WITHDRAWN') found.push(JSON.parse(event.json) as SliceWithdrawn);
      return found.length > 0 ? found : null;
    });
    for (const { model_version, wrong, audits, evidence, needed } of events) {
      expect(model_version).toBe('v1');
      expect(wrong).toBeLessThanOrEqual(audits);
      expect(evidence).toBeGreaterThanOrEqual(needed);
    }
    expect((await slices())!.some(({ withdrawn }) => withdrawn)).toBe(true);
  });

  it('stay with the version when the process begins again', async () => {
    await platform.restart();
    await until('v1 serves', async () => (await slices()) !== undefined);
    expect(await ask('money')).toMatchObject({ served_by: 'teacher', fallback_reason: 'withdrawn' });
  });

  it('do not hold against another version what an earlier one did', async () => {
    const { digest } = await platform.infrastructure.artifacts.put(trainedArtifact(1));
    await platform.deploy('v2', digest);
    await until('v2 serves', async () => (await ask('card')).model_version === 'v2');
    expect((await ask('card')).served_by).toBe('student');
  });
});
