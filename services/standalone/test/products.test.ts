import { listDataProductRows, productNames } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestPlatform, type TestPlatform } from './harness.ts';

let platform: TestPlatform;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  platform = await startTestPlatform('products');
}, 180_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
});

describe('a data product', () => {
  it.each(productNames)('%s has rows that their owner serves', async (name) => {
    const { body, problem } = await platform.call(listDataProductRows, { params: { name }, query: { limit: 1 } });
    // Rows of a version need one; nothing was curated yet.
    if (name === 'distillation_training_data') expect(problem?.type).toMatch(/catalog\.no-version$/);
    else expect([problem, body?.data]).toEqual([null, []]);
  });
});
