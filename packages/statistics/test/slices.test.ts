import { seededRandom } from '@retort/kernel';
import { learnThenTestPerSlice, minimumServed, type SliceScored } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const slice = (name: string, served: number, wrong = 0): SliceScored[] =>
  Array.from({ length: served }, (_, index) => ({ confidence: 0.9, agrees: index >= wrong, slices: [name] }));
const ask = (calibration: SliceScored[], tune = calibration) =>
  learnThenTestPerSlice({ calibration, tune, target: 0.93, delta: 0.05 });

describe('guarantees of slices', () => {
  it('share δ: alone a slice is guaranteed on 42, one of two needs more', () => {
    expect(ask(slice('a', 42)).found.get('a')?.threshold).toBe(0);
    const two = minimumServed(0.93, 0.025);
    expect(two).toBe(51);
    expect(ask([...slice('a', 51), ...slice('b', 51)]).tested).toBe(2);
  });

  it('leave out what could never pass, which then takes no share of δ', () => {
    const { tested, found } = ask([...slice('large', 42), ...slice('small', 41), ...slice('tiny', 3)]);
    expect(tested).toBe(1);
    expect([...found.keys()]).toEqual(['large']);
  });

  it('fail each by itself: one bad slice neither carries nor costs another', () => {
    const { found } = ask([...slice('good', 500, 5), ...slice('bad', 500, 100)]);
    expect(found.get('good')?.disagreements).toBe(5);
    expect(found.get('bad')).toBeNull();
  });

  it('count a decision in every slice it belongs to', () => {
    const both = Array.from({ length: 100 }, () => ({ confidence: 1, agrees: true, slices: ['tool', 'agent'] }));
    expect(ask(both).tested).toBe(2);
  });

  it('of no decisions are none', () => expect(ask([])).toEqual({ tested: 0, found: new Map() }));

  it('all hold together in at least 1 − δ of 500 random splits', () => {
    const random = seededRandom('slices-simulation');
    // Ten tools whose agreement at confidence c is c^k, k a tool's own: some are overconfident, some are not.
    const draw = (size: number): SliceScored[] =>
      Array.from({ length: size }, () => {
        const tool = Math.floor(random.next() * 10);
        const confidence = 1 - random.next() ** 2 * 0.6;
        return { confidence, agrees: random.next() < confidence ** (0.1 + tool / 8), slices: [String(tool)] };
      });
    // The mean of c^k over c in [τ, 1] under the confidence's own density, by the inverse of its distribution.
    const agreementAt = (tool: number, threshold: number) => {
      const widest = Math.sqrt(Math.min(1, (1 - threshold) / 0.6));
      let total = 0;
      const steps = 400;
      for (let step = 0; step < steps; step++) {
        const u = ((step + 0.5) / steps) * widest;
        total += (1 - u * u * 0.6) ** (0.1 + tool / 8);
      }
      return total / steps;
    };
    let broken = 0;
    let guaranteed = 0;
    for (let split = 0; split < 500; split++) {
      const { found } = learnThenTestPerSlice({ calibration: draw(6000), tune: draw(2400), target: 0.93, delta: 0.05 });
      const held = [...found].filter(([, threshold]) => threshold !== null);
      guaranteed += held.length;
      if (held.some(([name, threshold]) => agreementAt(Number(name), threshold!.threshold) < 0.93)) broken++;
    }
    expect(guaranteed).toBeGreaterThan(1000);
    expect(broken).toBeLessThanOrEqual(25);
  });
});
