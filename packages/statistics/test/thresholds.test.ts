import { seededRandom } from '@retort/kernel';
import { binomialCdf, learnThenTest, minimumServed, THRESHOLD_GRID, type Scored } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const scored = (served: number, wrong: number, confidence = 1): Scored[] =>
  Array.from({ length: served }, (_, index) => ({ confidence, agrees: index >= wrong }));

describe('a threshold that guarantees 93%', () => {
  it.each([
    [42, 0],
    [66, 1],
    [100, 2],
    [200, 7],
    [500, 25],
    [1000, 56],
    [2000, 120],
  ])('allows among %i decisions at most %i disagreements at δ = .05', (n, allowed) => {
    expect(binomialCdf(allowed, n, 0.07)).toBeLessThanOrEqual(0.05);
    expect(binomialCdf(allowed + 1, n, 0.07)).toBeGreaterThan(0.05);
    const ask = (wrong: number) =>
      learnThenTest({ calibration: scored(n, wrong), tune: scored(n, 0), target: 0.93, delta: 0.05 });
    expect(ask(allowed)).toMatchObject({ threshold: 0, served: n, disagreements: allowed });
    expect(ask(allowed + 1)).toBeNull();
  });

  it('has the published p-values at 200 decisions', () => {
    expect(binomialCdf(7, 200, 0.07)).toBeCloseTo(0.0274, 4);
    expect(binomialCdf(8, 200, 0.07)).toBeCloseTo(0.0556, 4);
  });

  it('needs 42 decisions at δ = .05 and 74 when ten slices share it (δ = .005 each: 20 of 500)', () => {
    expect(minimumServed(0.93, 0.05)).toBe(42);
    // .93^73 is .005003: one decision more is needed.
    expect(minimumServed(0.93, 0.005)).toBe(74);
    expect(binomialCdf(20, 500, 0.07)).toBeLessThanOrEqual(0.005);
    expect(binomialCdf(21, 500, 0.07)).toBeGreaterThan(0.005);
  });

  it('stops at the first failure and keeps the last threshold that passed', () => {
    const calibration = [...scored(100, 0, 0.95), ...scored(100, 60, 0.505), ...scored(10_000, 0, 0.2)];
    const found = learnThenTest({ calibration, tune: scored(100, 0, 0.95), target: 0.93, delta: 0.05 });
    expect(found).toMatchObject({ threshold: 0.51, served: 100, disagreements: 0 });
  });

  it('starts where the tune split has enough, whatever the calibration labels say', () => {
    // Above .9 the tune split is too thin to begin; the one error up there therefore cannot stop the walk.
    const calibration = [...scored(50, 1, 0.97), ...scored(450, 0, 0.85)];
    const tune = [...scored(20, 0, 0.97), ...scored(450, 0, 0.85)];
    expect(learnThenTest({ calibration, tune, target: 0.93, delta: 0.05 })?.served).toBe(500);
    expect(learnThenTest({ calibration, tune: scored(41, 0), target: 0.93, delta: 0.05 })).toBeNull();
  });

  it('starts where the tune split is surest: a slip among the few at the top does not end the walk', () => {
    const calibration = [...scored(60, 4, 0.97), ...scored(900, 9, 0.85)];
    const tune = [...scored(60, 1, 0.97), ...scored(300, 3, 0.85)];
    expect(learnThenTest({ calibration, tune, target: 0.93, delta: 0.05 })?.served).toBe(960);
  });

  it('never serves a decision without a confidence', () => {
    const calibration = [...scored(100, 0), ...scored(50, 50, NaN)];
    expect(learnThenTest({ calibration, tune: calibration, target: 0.93, delta: 0.05 })?.served).toBe(100);
  });

  describe('in 500 random splits of an overconfident student', () => {
    const random = seededRandom('ltt-simulation');
    // The confidence says c, the truth is c^1.5; its agreement is known exactly.
    const draw = (size: number): Scored[] =>
      Array.from({ length: size }, () => {
        const confidence = 1 - random.next() ** 2 * 0.6;
        return { confidence, agrees: random.next() < confidence ** 1.5 };
      });
    const population = draw(400_000);
    const trueAgreement = new Map<number, number>();
    const agreementAt = (threshold: number) => {
      if (!trueAgreement.has(threshold)) {
        const served = population.filter(({ confidence }) => confidence >= threshold);
        trueAgreement.set(threshold, served.filter(({ agrees }) => agrees).length / served.length);
      }
      return trueAgreement.get(threshold)!;
    };
    const simulate = (choose: (calibration: Scored[]) => number | undefined) => {
      let [guaranteed, broken] = [0, 0];
      for (let split = 0; split < 500; split++) {
        const threshold = choose(draw(1000));
        if (threshold === undefined) continue;
        guaranteed++;
        if (agreementAt(threshold) < 0.93) broken++;
      }
      return { guaranteed, broken };
    };

    it('is broken in no more than δ of them', () => {
      const { guaranteed, broken } = simulate(
        (calibration) => learnThenTest({ calibration, tune: draw(300), target: 0.93, delta: 0.05 })?.threshold,
      );
      expect(guaranteed).toBeGreaterThan(450);
      expect(broken).toBeLessThanOrEqual(25);
    });

    it('would be broken far more often by the lowest threshold that looks like 93%', () => {
      const lowest = (calibration: Scored[]) =>
        THRESHOLD_GRID.filter((threshold) => {
          const served = calibration.filter(({ confidence }) => confidence >= threshold);
          return served.length >= 42 && served.filter(({ agrees }) => agrees).length / served.length >= 0.93;
        }).at(-1);
      expect(simulate(lowest).broken).toBeGreaterThan(100);
    });
  });
});
