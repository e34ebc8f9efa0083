import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32, seededRandom } from '@retort/kernel';

const draw = (seed: number | string, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('a seeded random stream', () => {
  it('is the same for the same seed and another for another', () => {
    expect(draw(7, 20)).toEqual(draw(7, 20));
    expect(draw(7, 20)).not.toEqual(draw(8, 20));
  });

  it('never moves when a fork of it is drawn from', () => {
    const plain = seededRandom(1);
    const forked = seededRandom(1);
    const fork = forked.fork('noise');
    fork.next();
    expect(forked.next()).toBe(plain.next());
  });

  it('is close to uniform: mean and variance of 20,000 draws', () => {
    const draws = draw('uniform', 20_000);
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(variance).toBeCloseTo(1 / 12, 2);
  });

  it('shuffles without losing or making anything', () =>
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        expect([...seededRandom(seed).shuffle(items)].sort()).toEqual([...items].sort());
      }),
    ));

  it('draws normal numbers with mean 0 and variance 1', () => {
    const random = seededRandom('normal');
    const draws = Array.from({ length: 20_000 }, () => random.normal());
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(draws.reduce((sum, value) => sum + value * value, 0) / draws.length).toBeCloseTo(1, 1);
  });

  it('refuses to pick from nothing', () => expect(() => seededRandom(1).pick([])).toThrow(RangeError));
});

describe('hash32', () => {
  it('stays what it was: artifacts and embeddings depend on it', () => {
    expect([hash32(''), hash32('card'), hash32('card', 1), hash32('💳')]).toMatchInlineSnapshot(`
      [
        2872998923,
        338212253,
        2465340888,
        542761442,
      ]
    `);
  });
});
