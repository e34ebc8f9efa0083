import { describe, expect, it } from 'vitest';
import { backOffMs, retryAfterMs } from '../src/back-off.ts';

describe('back-off', () => {
  it('doubles up to thirty seconds, half of it at random', () => {
    expect([1, 2, 3, 20, 2000].map((attempt) => backOffMs(attempt, () => 1))).toEqual([250, 500, 1000, 30_000, 30_000]);
    expect([1, 20].map((attempt) => backOffMs(attempt, () => 0))).toEqual([125, 15_000]);
    expect(backOffMs(3)).toBeGreaterThanOrEqual(500);
  });

  it('reads Retry-After as seconds or a date, and bounds it', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    expect(retryAfterMs('2', now)).toBe(2000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:03 GMT', now)).toBe(3000);
    expect(retryAfterMs('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0);
    expect(retryAfterMs('86400', now)).toBe(300_000);
    expect([null, '', 'soon'].map((header) => retryAfterMs(header, now))).toEqual([0, 0, 0]);
  });
});
