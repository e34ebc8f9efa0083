import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import {
  drawSample,
  meanPairwiseDistance,
  silhouette,
  similarityMatrix,
  toolDiversity,
  vendiScore,
} from '../../src/domain/diversity.ts';
import { rate } from '../../src/domain/data-quality.ts';
import { allocateVectors, range, rowOf } from '../../src/domain/vectors/vectors.ts';

describe('silhouette', () => {
  const points = [0, 1, 10, 12];
  const distance = (left: number, right: number) => Math.abs(points[left]! - points[right]!);

  it('of {0, 1} and {10, 12} is .85616', () => {
    expect(silhouette([0, 0, 1, 1], distance)).toBeCloseTo(0.85616, 5);
  });

  it('counts a singleton as 0', () => {
    const alone = silhouette([0, 0, 1], (left, right) => Math.abs([0, 1, 10][left]! - [0, 1, 10][right]!))!;
    expect(alone).toBeCloseTo((0.9 + (9 - 1) / 9) / 3, 12);
  });

  it('is undefined for one cluster, and for as many as points', () => {
    expect(silhouette([0, 0, 0, 0], distance)).toBeNull();
    expect(silhouette([0, 1, 2, 3], distance)).toBeNull();
  });
});

describe('the Vendi score', () => {
  it('of two alike and one orthogonal is 1.88988', () => {
    expect(vendiScore(Float64Array.of(1, 1, 0, 1, 1, 0, 0, 0, 1), 3)).toBeCloseTo(1.88988, 5);
  });

  it('of a pair at cosine .5 is 1.75477', () => {
    expect(vendiScore(Float64Array.of(1, 0.5, 0.5, 1), 2)).toBeCloseTo(1.75477, 5);
  });

  it('of duplicates is 1, of orthogonal things their number', () => {
    expect(vendiScore(new Float64Array(25).fill(1), 5)).toBeCloseTo(1, 9);
    expect(vendiScore(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3)).toBeCloseTo(3, 9);
  });
});

describe('mean pairwise distance', () => {
  it('is the mean over all pairs, found without looking at them', () => {
    const vectors = allocateVectors(3, 4);
    rowOf(vectors, 0).set([1, 0, 0, 0]);
    rowOf(vectors, 1).set([0, 1, 0, 0]);
    rowOf(vectors, 2).set([0.6, 0.8, 0, 0]);
    const cosines = similarityMatrix(vectors, range(3));
    const expected = (3 - cosines[1]! - cosines[2]! - cosines[5]!) / 3;
    expect(meanPairwiseDistance(vectors).value).toBeCloseTo(expected, 6);
    expect(meanPairwiseDistance(vectors, range(1)).value).toBeNull();
  });
});

describe('tools', () => {
  it('used 6, 3 and 1 times of 4 registered: coverage .75, evenness .6477', () => {
    const { coverage, evenness } = toolDiversity([6, 3, 1], 4);
    expect(coverage).toEqual({ value: 0.75, numerator: 3, denominator: 4 });
    expect(evenness.value).toBeCloseTo(0.6477, 4);
  });
});

describe('a rate', () => {
  it('of nothing is unknown', () => expect(rate(0, 0).value).toBeNull());
});

describe('a sample', () => {
  it('is the same for the same seed, without repeats, in order', () => {
    const draw = () => [...drawSample(range(1000), 50, seededRandom(3))];
    expect(draw()).toEqual(draw());
    expect(new Set(draw()).size).toBe(50);
    expect(draw()).toEqual(draw().sort((a, b) => a - b));
  });
});
