import {
  getPredictionUsage,
  getServing,
  predict,
  predictBatch,
  type PredictionView,
  type SliceWithdrawn,
} from '@retort/contracts';
import { until } from '@retort/testing';
import type { Teacher } from '@retort/testing/teacher';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBlockingTeacher, startPlatform, toolset, trainedArtifact, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let server: EventStoreDbServer;
let teacher: Teacher;
let platform: Platform;
beforeAll(async () => {
  server = await startEventStoreDbServer();
  teacher = await startBlockingTeacher();
  const eventStore = { eventStore: 'eventstoredb', eventStoreUrl: server.connectionString } as const;
  platform = await startPlatform({ teacherBaseUrl: teacher.url, teacherModel: 'teacher', auditShare: 1 }, eventStore);
  const { digest } = await platform.infrastructure.artifacts.put(trainedArtifact(1));
  await platform.deploy('v1', digest);
  await until('v1 serves', async () => (await ask(familiar)).model_version === 'v1');
});
afterAll(async () => {
  await platform.close();
  await teacher.close();
  await server.stop();
});

const familiar = 'please, the card of customer 7';
/** The teacher calls another tool than the student for it. */
const refuted = 'please, the money of customer 7';
const strange = 'Wie wird das Wetter morgen in Wien?';

async function ask(query: string): Promise<PredictionView> {
  const input = { context: { query }, toolset, fallback: 'none' };
  return (await platform.json('POST', predict.path, input)).body as PredictionView;
}
/** As operators see them. */
async function counts(): Promise<{ student: number; none: number }> {
  const { body } = await platform.json('GET', getPredictionUsage.path);
  const days = (body as { data: { student_calls: number; abstentions: number }[] }).data;
  const sum = (of: (day: (typeof days)[number]) => number) => days.reduce((total, day) => total + of(day), 0);
  return { student: sum((day) => day.student_calls), none: sum((day) => day.abstentions) };
}
const recorded = (type: string) => server.log.events.filter((event) => event.type === type);
const changes = () => recorded('SERVING_RUNG_CHANGED').length;
async function audits(): Promise<number> {
  const { body } = await platform.json('GET', getServing.path);
  const [serving] = (body as { data: { audits: { by: string; audits: number }[] }[] }).data;
  return serving?.audits.find(({ by }) => by === 'all')?.audits ?? 0;
}
async function busIs(state: 'away' | 'back'): Promise<void> {
  const db = platform.database.connect();
  const names = ['event_bus', 'event_bus_away'];
  const [from, to] = state === 'away' ? names : [...names].reverse();
  await db.query(`alter schema ${from} rename to ${to}`);
  await db.close();
}

describe('a deployed student, while event store and bus are away', () => {
  it('goes on answering, and what it has to record is there once when they are back', async () => {
    const before = await counts();
    await server.stop();
    await busIs('away');
    const asked = 40;
    for (let request = 0; request < asked; request++) expect((await ask(familiar)).served_by).toBe('student');
    const predictions = Array.from({ length: 400 }, (_, index) => ({
      context: { query: `${strange} ${index}` },
      toolset,
      fallback: 'none',
    }));
    const { status, body } = await platform.json('POST', predictBatch.path, { predictions });
    expect(status).toBe(200);
    const batch = (body as { predictions: PredictionView[] }).predictions;
    const unanswered = batch.filter(({ served_by }) => served_by === 'none').length;
    await until('what is to be recorded waits on disk', async () =>
      /^retort_spool_bytes\{.*spool="events".*\} [1-9]/m.test(await platform.metrics()),
    );
    expect(await platform.readiness()).toContain('"status":"ok"');
    expect(changes()).toBe(0);

    await server.restart();
    await busIs('back');
    await until('the changes are on the record', () => changes() > 0);
    await until('nothing waits any more', async () =>
      /^retort_spool_bytes\{.*spool="events".*\} 0$/m.test(await platform.metrics()),
    );
    const after = await counts();
    expect({ student: after.student - before.student, none: after.none - before.none }).toEqual({
      student: asked + batch.length - unanswered,
      none: unanswered,
    });
    const ids = server.log.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is audited all the while, loses at once what audits refute, and that is on the record once', async () => {
    const { digest } = await platform.infrastructure.artifacts.put(trainedArtifact(2));
    await platform.deploy('v2', digest);
    await until('v2 serves', async () => (await ask(familiar)).model_version === 'v2');
    await until('its first answer is audited', async () => (await audits()) === 1);
    await server.stop();
    await busIs('away');
    let served = 0;
    let answer = await ask(refuted);
    for (; answer.served_by === 'student' && served < 300; served++) answer = await ask(refuted);
    expect(answer).toMatchObject({ served_by: 'none', fallback_reason: 'withdrawn' });
    await until('every answer is audited', async () => (await audits()) === 1 + served);
    expect(recorded('SLICE_WITHDRAWN')).toEqual([]);

    await server.restart();
    await busIs('back');
    const withdrawn = await until('the withdrawals are on the record', () => {
      const found = recorded('SLICE_WITHDRAWN').map(
        ({ data }) => JSON.parse(Buffer.from(data).toString()) as SliceWithdrawn,
      );
      return found.length > 0 && found;
    });
    const slices = withdrawn.map(({ slice }) => JSON.stringify(slice));
    expect(slices).toHaveLength(new Set(slices).size);
  });
});
