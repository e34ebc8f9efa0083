import { isFault } from '@retort/kernel';
import type { Run } from '@retort/service-kit';
import { describe, expect, it } from 'vitest';
import { dailyQuota } from '../../src/app/daily-quota.ts';
import type { TrainingInput, TrainingResult } from '../../src/app/execute-training.ts';

const now = new Date('2026-03-02T12:00:00Z');
/** The newest first. */
const started = (...moments: string[]) => ({
  list: async ({ limit }: { limit: number }) =>
    moments.slice(0, limit).map((createdAt) => ({ createdAt }) as Run<TrainingInput, TrainingResult>),
});
const ask = (quota: number, ...moments: string[]) =>
  dailyQuota(started(...moments), { tenant: 'acme', quota, now }).then(
    () => 'may',
    (error: unknown) => (isFault(error, 'quotas.exceeded') ? error.detail.retryAfter : error),
  );

describe('the quota of training runs', () => {
  it('lets as many begin as any 24 hours may hold', async () => {
    expect(await ask(2, '2026-03-02T11:00:00Z')).toBe('may');
    expect(await ask(2, '2026-03-02T11:00:00Z', '2026-03-01T12:00:00Z')).toBe('may');
  });
  it('says when the oldest of them makes room', async () => {
    expect(await ask(2, '2026-03-02T11:00:00Z', '2026-03-01T13:00:00Z')).toBe(3600);
    expect(await ask(1, '2026-03-02T11:00:00Z', '2026-03-01T13:00:00Z')).toBe(23 * 3600);
  });
  it('of none lets none begin', async () => expect(await ask(0)).toBe(24 * 3600));
});
