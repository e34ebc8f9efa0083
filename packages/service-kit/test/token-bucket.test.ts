import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateLimitFields, take, tokenBucket } from '../src/access/token-bucket.ts';

describe('a token bucket', () => {
  it('never gives more than its capacity and its rate allow, in any interval', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 1000, noNaN: true }),
        fc.array(fc.record({ wait: fc.nat(5000), count: fc.integer({ min: 1, max: 50 }) }), { maxLength: 60 }),
        (rate, takings) => {
          const bucket = tokenBucket(rate, 0);
          let now = 0;
          let given = 0;
          let last = 0;
          for (const { wait, count } of takings) {
            now += wait;
            if (take(bucket, count, now) > 0) continue;
            given += count;
            last = count;
          }
          // The last taking may be larger than the bucket: it is paid off by waiting afterwards.
          expect(given - last).toBeLessThanOrEqual(bucket.capacity + (rate * now) / 1000 + 1e-6);
        },
      ),
    ));

  it('says how long to wait, and gives then', () => {
    const bucket = tokenBucket(2, 0);
    expect([take(bucket, 1, 0), take(bucket, 1, 0)]).toEqual([0, 0]);
    expect(take(bucket, 1, 0)).toBe(0.5);
    expect(take(bucket, 1, 499)).toBeGreaterThan(0);
    expect(take(bucket, 1, 500)).toBe(0);
  });

  it('lets through what is larger than itself when it is full, and has it paid off', () => {
    const bucket = tokenBucket(10, 0);
    expect(take(bucket, 100, 0)).toBe(0);
    expect(take(bucket, 1, 0)).toBeCloseTo(9.1);
    expect(take(bucket, 1, 9_100)).toBe(0);
  });

  it('takes no notice of a clock that was set back', () => {
    const bucket = tokenBucket(1, 10_000);
    expect([take(bucket, 1, 10_000), take(bucket, 1, 0)]).toEqual([0, 1]);
    expect(take(bucket, 1, 1_000)).toBe(0);
  });

  it('tells its policy and what is left as structured fields of whole numbers', () => {
    const bucket = tokenBucket(0.4, 0);
    expect(rateLimitFields('key', bucket)).toEqual({ 'ratelimit-policy': '"key";q=1;w=3', ratelimit: '"key";r=1;t=0' });
    take(bucket, 1, 0);
    expect(rateLimitFields('key', bucket).ratelimit).toBe('"key";r=0;t=3');
  });
});
