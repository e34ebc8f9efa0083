import { describe, expect, it } from 'vitest';
import { agreement, confidenceCalibration, quality, timeRanking } from '../../src/domain/quality.ts';

describe('the quality of a decision', () => {
  it('weighs success .35, agreement .30, confidence .25 and time .10', () => {
    expect(quality({ confidence: 0.9, success: true, agreement: 0.8, time: 0.5 })).toBeCloseTo(0.865, 6);
  });

  it('is made of the parts that are there when one is not', () => {
    expect(quality({ confidence: null, success: true, agreement: 0.8, time: 0.5 })).toBeCloseTo(0.853333, 6);
  });

  it('is unknown, not zero, when nothing is known', () => {
    expect(quality({ confidence: null, success: null, agreement: null, time: null })).toBeNull();
    expect(quality({ confidence: null, success: false, agreement: null, time: null })).toBe(0);
  });
});

describe('agreement among neighbours', () => {
  it('is (same + 1) / (m + 2), and missing without neighbours', () => {
    expect(agreement({ same: 3, neighbours: 3 })).toBeCloseTo(0.8, 12);
    expect(agreement({ same: 0, neighbours: 20 })).toBeCloseTo(1 / 22, 12);
    expect(agreement({ same: 0, neighbours: 0 })).toBeNull();
  });
});

describe("the teacher's confidence", () => {
  const overconfident = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ confidence: index % 2 ? 0.9 : 0.6, success: index % 4 < 2 }));

  it('is taken as it is while fewer than 200 outcomes are known', () => {
    expect(confidenceCalibration(overconfident(199))(0.9)).toBe(0.9);
  });

  it('becomes the success it led to once 200 are', () => {
    expect(confidenceCalibration(overconfident(200))(0.9)).toBeCloseTo(0.5, 12);
  });
});

describe('execution time', () => {
  const rank = timeRanking([10, 20, 20, 40].map((milliseconds) => ({ tool: 7, milliseconds })));

  it('ranks within the tool, the fastest highest, ties alike', () => {
    expect([10, 20, 40].map((milliseconds) => rank(7, milliseconds))).toEqual([0.875, 0.5, 0.125]);
  });

  it('says nothing about a tool it has not seen', () => {
    expect(rank(8, 1)).toBe(0.5);
  });
});
