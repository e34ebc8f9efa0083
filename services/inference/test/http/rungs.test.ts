import {
  getServing,
  predict,
  predictBatch,
  type PredictionView,
  type RequestsChanged,
  type ServingRungChanged,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPlatform, toolset, trainedArtifact, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  const { digest } = await platform.infrastructure.artifacts.put(trainedArtifact(1));
  await platform.deploy('v1', digest);
  const words = ['card', 'balance', 'money'];
  const candidates = Array.from({ length: 60 }, (_, index) => `please, the ${words[index % 3]!} of customer ${index}`);
  await until('v1 serves', async () => (await ask(candidates[0]!)).model_version === 'v1');
  const predictions = candidates.map((query) => ({ context: { query }, toolset, fallback: 'none' }));
  const { body } = await platform.json('POST', predictBatch.path, { predictions, counted: false });
  const { predictions: answers } = body as { predictions: PredictionView[] };
  const novelties = answers.map(({ novelty }) => novelty!);
  const best = novelties.indexOf(Math.min(...novelties));
  familiar = candidates[best]!;
  stem = `please, the ${words[best % 3]!} of customer`;
});
afterAll(() => platform.close());

/** The request that the student knows best. */
let familiar: string;
let stem: string;
const strange = 'Wie wird das Wetter morgen in Wien?';

async function ask(query: string, more: object = {}): Promise<PredictionView> {
  const input = { context: { query }, toolset, fallback: 'none', ...more };
  return (await platform.json('POST', predict.path, input)).body as PredictionView;
}
async function traffic(queries: readonly string[], body: object = {}, key?: string): Promise<void> {
  const predictions = queries.map((query) => ({ context: { query }, toolset, fallback: 'none', agent_id: 'stranger' }));
  const { status } = await platform.json('POST', predictBatch.path, { predictions, ...body }, key);
  expect(status).toBe(200);
}
async function changes(): Promise<ServingRungChanged[]> {
  const found: ServingRungChanged[] = [];
  for await (const event of platform.infrastructure.events.readStream('model-acme.tool-calling'))
    if (event.type === 'SERVING_RUNG_CHANGED') found.push(JSON.parse(event.json) as ServingRungChanged);
  return found;
}
interface Figures {
  rung: number | null;
  requests: number;
  changed: boolean;
}
async function figures(): Promise<Figures> {
  const { body } = await platform.json('GET', getServing.path);
  return (body as { data: { traffic: Figures }[] }).data[0]!.traffic;
}
const many = (query: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `${query} ${from + index}`);
const copies = (query: string, count: number) => Array.from({ length: count }, () => query);

describe('the rung that a version serves by', () => {
  it('is not moved by measurements', async () => {
    await traffic(many(strange, 400), { counted: false });
    expect(await ask(familiar)).toMatchObject({ served_by: 'student' });
    expect(await changes()).toEqual([]);
  });

  it('is not moved by copies of one request', async () => {
    const before = await figures();
    await traffic(copies(strange, 1000));
    await traffic(copies(familiar, 1000));
    expect((await figures()).requests).toBeLessThanOrEqual(before.requests + 2);
    expect(await ask(familiar)).toMatchObject({ served_by: 'student' });
    expect(await changes()).toEqual([]);
  });

  it('goes up with requests that training never saw, until the teacher answers, and is on the record', async () => {
    await traffic(many(strange, 400));
    expect(await ask(familiar)).toMatchObject({ served_by: 'none', fallback_reason: 'too-many-never-seen' });
    const recorded = await until('the changes are on the record', async () => {
      const found = await changes();
      return found.some(({ agent }) => agent === 'stranger') && found.some(({ agent }) => agent === null)
        ? found
        : null;
    });
    for (const { model_version, requests, above, upper } of recorded) {
      expect(model_version).toBe('v1');
      expect(above).toBeGreaterThan(requests / 2);
      expect(upper).toBeGreaterThan(0.5);
    }
  });

  it('stays when the process begins again, and so does what is known of the requests', async () => {
    const before = await figures();
    expect(before).toMatchObject({ rung: null, changed: true });
    await platform.restart();
    await until('v1 serves', async () => (await ask(familiar)).model_version === 'v1');
    expect(await ask(familiar)).toMatchObject({ served_by: 'none', fallback_reason: 'too-many-never-seen' });
    const after = await figures();
    expect(after.requests).toBeGreaterThanOrEqual(before.requests);
    expect(after.changed).toBe(true);
  });

  it('apart, a change of the requests is on the record, once, with its evidence', async () => {
    const found = await until('the change is on the record', async () => {
      const events: RequestsChanged[] = [];
      for await (const event of platform.infrastructure.events.readStream('model-acme.tool-calling'))
        if (event.type === 'REQUESTS_CHANGED') events.push(JSON.parse(event.json) as RequestsChanged);
      return events.length > 0 ? events : null;
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ model_version: 'v1' });
    expect(found[0]!.critical).toBeCloseTo(20, 9);
    expect(found[0]!.evidence).toBeGreaterThanOrEqual(found[0]!.critical);
  });

  it('comes back when the traffic is familiar again', async () => {
    // Customers are words that training never saw more or less of: some of these requests may be novel.
    for (const from of [0, 1000, 2000]) await traffic(many(stem, 1000, from));
    expect(await ask(familiar)).toMatchObject({ served_by: 'student' });
  });
});
