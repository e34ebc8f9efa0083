import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { chiSquareQuantile, populationStabilityIndex, testMix } from '../src/index.ts';

const published = { reference: [50, 30, 20], current: [40, 35, 25] };

describe('the population stability index', () => {
  it('is the sum over categories', () => expect(populationStabilityIndex(published, 0)).toBeCloseTo(0.04118, 5));
  it('is 0 for the same mix at another size', () =>
    expect(populationStabilityIndex({ reference: [5, 3, 2], current: [50, 30, 20] }, 0)).toBeCloseTo(0, 12));
  it('stays finite when a category is missing on one side', () =>
    expect(populationStabilityIndex({ reference: [50, 50], current: [100, 0] })).toBeLessThan(10));
});

describe('the quantile of χ²', () => {
  it.each([
    [1, 3.841459],
    [2, 5.991465],
    [9, 16.918978],
    [59, 77.930524],
  ])('with %i degrees of freedom at 95%% is %f', (degrees, expected) =>
    expect(chiSquareQuantile(0.95, degrees)).toBeCloseTo(expected, 5),
  );
});

describe('a test of the mix', () => {
  const random = seededRandom('mix');
  const draw = (size: number, weights: readonly number[]) => {
    const counts = weights.map(() => 0);
    for (let index = 0; index < size; index++) {
      let rest = random.next();
      const found = weights.findIndex((weight) => (rest -= weight) < 0);
      counts[found < 0 ? weights.length - 1 : found]!++;
    }
    return counts;
  };
  const even = Array.from({ length: 10 }, () => 0.1);

  it('says that small samples tell nothing, instead of alarming', () =>
    expect(testMix({ reference: draw(100, even), current: draw(100, even) }).verdict).toBe('insufficient'));

  it('hardly ever alarms when nothing changed', () => {
    const alarms = Array.from({ length: 200 }, () => testMix({ reference: draw(500, even), current: draw(500, even) }));
    expect(alarms.filter(({ verdict }) => verdict === 'drifted').length).toBeLessThanOrEqual(4);
  });

  it('alarms when a third of the traffic moves to one tool', () => {
    const shifted = even.map((share, index) => (index === 0 ? 0.4 : (share * 0.6) / 0.9));
    expect(testMix({ reference: draw(500, even), current: draw(500, shifted) }).verdict).toBe('drifted');
  });

  it('has nothing to say without decisions', () =>
    expect(testMix({ reference: [], current: [] }).verdict).toBe('insufficient'));
});
