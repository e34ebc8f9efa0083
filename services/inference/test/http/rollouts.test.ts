import { getServing, predict, type PredictionView } from '@retort/contracts';
import { until } from '@retort/testing';
import type { Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startBlockingTeacher, startPlatform, toolset, trainedArtifact, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

interface Serving {
  model_version: string;
  challenger: null | {
    model_version: string;
    agents: string[] | null;
    requests: number;
    serves: number;
    failed: number;
    same: number | null;
  };
}

let platform: Platform;
let teacher: Teacher;
let good: string;
let better: string;
let bad: string;

beforeAll(async () => {
  // This teacher always blocks the card: right of requests for a card.
  teacher = await startBlockingTeacher();
  platform = await startPlatform({ teacherBaseUrl: teacher.url, teacherModel: 'teacher', auditShare: 1 });
  const put = async (artifact: Uint8Array) => (await platform.infrastructure.artifacts.put(artifact)).digest;
  good = await put(trainedArtifact(1));
  better = await put(trainedArtifact(2));
  bad = await put(trainedArtifact(3, 1));
  await platform.deploy('v1', good);
  await until('v1 serves', async () => (await serving())?.model_version === 'v1');
});
afterAll(async () => {
  await platform.close();
  await teacher.close();
});

async function serving(): Promise<Serving | undefined> {
  const { body } = await platform.json('GET', getServing.path);
  return (body as { data: Serving[] }).data[0];
}
const challenges = (version: string | null) =>
  until(`${version} challenges`, async () => ((await serving())!.challenger?.model_version ?? null) === version);
async function ask(more: object = {}): Promise<PredictionView> {
  const { status, body } = await platform.json('POST', predict.path, {
    context: { query: 'please, the card of customer 7' },
    toolset,
    ...more,
  });
  expect(status).toBe(200);
  return body as PredictionView;
}
const sessions = Array.from({ length: 60 }, (_, index) => `session ${index}`);
const answersBy = async () => {
  const by = new Map<string, string>();
  for (const session of sessions) by.set(session, (await ask({ session })).model_version!);
  return by;
};

describe('a canary', () => {
  it('answers its share of the sessions, all of a session, and keeps them when the share grows', async () => {
    await platform.challenge('v2', better, { percent: 30 });
    await challenges('v2');
    const first = await answersBy();
    expect(await answersBy()).toEqual(first);
    const its = sessions.filter((session) => first.get(session) === 'v2');
    expect(its.length).toBeGreaterThan(0);
    expect(its.length).toBeLessThan(sessions.length / 2);
    await platform.challenge('v2', better, { percent: 80 });
    await until('it gets more', async () => [...(await answersBy()).values()].filter((by) => by === 'v2').length > 30);
    const later = await answersBy();
    for (const session of its) expect(later.get(session)).toBe('v2');
    expect((await serving())!.challenger).toMatchObject({ failed: 0 });
  });

  it('answers nobody but the agents that it was started for, and no measurement', async () => {
    await platform.challenge('v2', better, { agents: ['loan'] });
    await until('it is for one agent', async () => (await serving())!.challenger!.agents !== null);
    expect((await ask({ agent_id: 'tax' })).model_version).toBe('v1');
    expect(await ask({ agent_id: 'loan' })).toMatchObject({ model_version: 'v2', served_by: 'student' });
    expect((await ask()).model_version).toBe('v1');
  });

  it('serves once it is deployed, and is a challenger no more', async () => {
    await platform.deploy('v2', better);
    await until('v2 serves', async () => (await serving())!.model_version === 'v2');
    expect((await serving())!.challenger).toBeNull();
  });
});

describe('versions', () => {
  it('are swapped, promoted and rolled back under load without a failed request', async () => {
    const asked = { answers: 0, versions: new Set<string>(), over: false };
    const client = async () => {
      for (let turn = 0; !asked.over; turn++) {
        asked.versions.add((await ask({ session: `session ${turn % 40}` })).model_version!);
        asked.answers++;
      }
    };
    const load = Promise.all(Array.from({ length: 8 }, client));
    const isSeen = (version: string) => {
      asked.versions.clear();
      return until(`${version} answers`, async () => asked.versions.has(version));
    };
    for (let round = 0; round < 3; round++) {
      await platform.challenge('v1', good, { rollout_id: `round ${round}`, percent: 50 });
      await isSeen('v1');
      await platform.deploy('v1', good);
      await until('v1 serves', async () => (await serving())!.model_version === 'v1');
      await platform.rollBack('v1', 'v2');
      await until('v2 serves', async () => (await serving())!.model_version === 'v2');
      await isSeen('v2');
    }
    asked.over = true;
    await load;
    expect(asked.answers).toBeGreaterThan(100);
  });
});

describe('a bad challenger', () => {
  const reverts = () => platform.events('MODEL_ROLLOUT_ENDED');

  it('is reverted by its audits, without help, and the record says why', async () => {
    await platform.challenge('bad', bad, { rollout_id: 'bad canary', percent: 50 });
    await challenges('bad');
    await until('what serves answers everybody', async () => {
      const answers = await answersBy();
      return [...answers.values()].every((by) => by === 'v2');
    });
    const [ended] = await until('it is on the record', async () => (await reverts()).length > 0 && (await reverts()));
    expect(ended).toMatchObject({ rollout_id: 'bad canary', outcome: 'reverted', guard: 'agreement' });
    const figures = ended!['figures'] as { evidence: number; needed: number; violations: number };
    expect(figures.evidence).toBeGreaterThanOrEqual(figures.needed);
    expect(figures.violations).toBeGreaterThan(0);
  });

  it('is found out as a shadow, before it answers anybody', async () => {
    const before = (await reverts()).length;
    // Audits of a version are kept: another version of the same student begins without any.
    await platform.challenge('bad-2', bad, { rollout_id: 'bad shadow', strategy: 'shadow' });
    await challenges('bad-2');
    await until(
      'it is reverted',
      async () => {
        expect((await ask()).model_version).toBe('v2');
        return (await reverts()).length > before;
      },
      240_000,
    );
    expect((await reverts()).at(-1)).toMatchObject({ rollout_id: 'bad shadow', guard: 'agreement' });
  });

  it('whose artifact is damaged never answers, and is reverted', async () => {
    const { digest } = await platform.infrastructure.artifacts.put(Buffer.from('not a student'));
    await platform.challenge('broken', digest, { rollout_id: 'broken' });
    await until('it is reverted', async () => (await reverts()).at(-1)?.['rollout_id'] === 'broken');
    expect((await reverts()).at(-1)).toMatchObject({ guard: 'artifact' });
    expect((await ask()).model_version).toBe('v2');
  });

  it('challenges no more on any replica once the event has arrived, also after a restart', async () => {
    for (const ended of await reverts()) await platform.announce('MODEL_ROLLOUT_ENDED', ended as never);
    await challenges(null);
    await platform.restart();
    await until('v2 serves', async () => (await serving())?.model_version === 'v2');
    expect((await serving())!.challenger).toBeNull();
  });
});

describe('a shadow', () => {
  it('is asked beside what serves and compared with it', async () => {
    await platform.challenge('v1', good, { rollout_id: 'shadow', strategy: 'shadow' });
    await challenges('v1');
    for (let request = 0; request < 20; request++) expect((await ask()).model_version).toBe('v2');
    await until('it was asked', async () => (await serving())!.challenger!.requests >= 20);
    const { requests, serves, same } = (await serving())!.challenger!;
    expect(same).toBe(serves);
    expect(serves).toBe(requests);
  });
});
