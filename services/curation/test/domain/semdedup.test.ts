import { seededRandom } from '@retort/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deduplicate, deduplicateToRatio, hardestFirst, scan, similarityHistogram } from '../../src/domain/semdedup.ts';
import { allocateVectors, normalise, range, rowOf, type Vectors } from '../../src/domain/vectors/vectors.ts';

const random = seededRandom(1);

function atDegrees(...degrees: number[]): Vectors {
  const vectors = allocateVectors(degrees.length, 4);
  for (const [index, angle] of degrees.entries())
    rowOf(vectors, index).set([Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180), 0, 0]);
  return vectors;
}

function removedOf({ keeper }: { keeper: Int32Array }): number[] {
  return [...keeper.keys()].filter((index) => keeper[index] !== index);
}

describe('SemDeDup on five unit vectors at 0, 5, 20, 22 and 60 degrees', () => {
  const vectors = atDegrees(0, 5, 20, 22, 60);
  const request = { vectors, blocks: [range(5)], random, compareWith: 'all' as const };

  it('scans them the farthest from the centroid first: 60, 0, 5, 22, 20', () => {
    expect([...hardestFirst(vectors, range(5))]).toEqual([4, 0, 1, 3, 2]);
  });

  it('finds M = 0, .5, .99619, .95630, .99939', () => {
    const { similarity } = deduplicate({ ...request, epsilon: 0.005 });
    expect([4, 0, 1, 3, 2].map((index) => similarity[index]!.toFixed(5))).toEqual([
      '0.00000',
      '0.50000',
      '0.99619',
      '0.95630',
      '0.99939',
    ]);
  });

  it('removes 5 and 20 degrees at ε = .005, and 20 degrees alone at ε = .001', () => {
    expect(removedOf(deduplicate({ ...request, epsilon: 0.005 }))).toEqual([1, 2]);
    expect(removedOf(deduplicate({ ...request, epsilon: 0.001 }))).toEqual([2]);
  });

  it('keeps 60% at exactly ε = .0437', () => {
    const { epsilon, kept } = deduplicateToRatio({ ...request, ratio: 0.6 });
    expect(epsilon).toBeCloseTo(0.0437, 4);
    expect(kept).toBe(3);
  });

  it('counts M in a histogram', () => {
    expect(similarityHistogram(deduplicate({ ...request, epsilon: 0.005 }), 10)).toEqual([
      1, 0, 0, 0, 0, 1, 0, 0, 0, 3,
    ]);
  });
});

describe('a chain at 0, 5.5 and 11 degrees, ε = .005', () => {
  const vectors = atDegrees(0, 5.5, 11);
  const request = { vectors, blocks: [range(3)], clusters: [range(3)], epsilon: 0.005, random };

  it('shrinks to one where a removed member may remove another', () => {
    expect(removedOf(scan({ ...request, compareWith: 'all' }))).toEqual([1, 2]);
  });

  it('keeps both ends where only kept members remove', () => {
    expect(removedOf(scan({ ...request, compareWith: 'kept' }))).toEqual([1]);
  });
});

describe('deduplication', () => {
  it('keeps a lone member, and one of many equal ones: the first by id', () => {
    const vectors = atDegrees(10, 40, 40, 40);
    const { keeper, kept } = deduplicate({
      vectors,
      blocks: [range(1), Int32Array.of(1, 2, 3)],
      epsilon: 0.01,
      random,
    });
    expect([...keeper]).toEqual([0, 1, 1, 1]);
    expect(kept).toBe(2);
  });

  it('removes nothing at ε = 0, not even what is equal', () => {
    const { kept } = deduplicate({ vectors: atDegrees(33, 33, 33), blocks: [range(3)], epsilon: 0, random });
    expect(kept).toBe(3);
  });

  it('comes as near to a ratio as ties allow when only kept members remove', () => {
    const vectors = atDegrees(...Array.from({ length: 90 }, (_, degree) => degree));
    const { kept } = deduplicateToRatio({ vectors, blocks: [range(90)], ratio: 0.5, random });
    expect(kept).toBeGreaterThanOrEqual(45);
    expect(kept).toBeLessThanOrEqual(60);
  });

  it('gives the same answer in tiles as row by row: 700 members in one block', () => {
    const vectors = randomVectors(700, 7);
    const { keeper } = deduplicate({ vectors, blocks: [range(700)], epsilon: 0.05, random });
    expect([...keeper]).toEqual(rowByRow(vectors, hardestFirst(vectors, range(700)), 0.05));
  });

  const blocksOf = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 });

  it('never removes a decision for one with another call, keeps some of each call, and each keeper is kept', () => {
    fc.assert(
      fc.property(blocksOf, fc.integer(), fc.double({ min: 0, max: 0.5, noNaN: true }), (calls, seed, epsilon) => {
        const vectors = randomVectors(calls.length, seed);
        const { keeper } = deduplicate({ vectors, blocks: blocksBy(calls), epsilon, random });
        for (const [index, representative] of keeper.entries()) {
          expect(calls[representative]).toBe(calls[index]);
          expect(keeper[representative]).toBe(representative);
        }
        expect(new Set(calls.filter((_, index) => keeper[index] === index))).toEqual(new Set(calls));
      }),
      { numRuns: 60 },
    );
  });

  it('finds nothing more to remove among what it kept, when the scanning order is kept', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0, max: 0.5, noNaN: true }), (seed, epsilon) => {
        const vectors = randomVectors(40, seed);
        const order = hardestFirst(vectors, range(40));
        const request = { vectors, blocks: [order], epsilon, random };
        const { keeper } = scan({ ...request, clusters: [order] });
        const kept = order.filter((index) => keeper[index] === index);
        expect(scan({ ...request, clusters: [kept] }).kept).toBe(kept.length);
      }),
      { numRuns: 60 },
    );
  });
});

function randomVectors(count: number, seed: number): Vectors {
  const draws = seededRandom(seed);
  const vectors = allocateVectors(count, 8);
  for (let index = 0; index < count; index++) {
    const row = rowOf(vectors, index);
    row.forEach((_, place) => (row[place] = draws.normal()));
    normalise(row);
  }
  return vectors;
}

function blocksBy(calls: readonly number[]): Int32Array[] {
  return [...new Set(calls)].map((call) => range(calls.length).filter((index) => calls[index] === call));
}

/** The definition, without tiles. */
function rowByRow(vectors: Vectors, order: Int32Array, epsilon: number): number[] {
  const keeper = new Array<number>(vectors.count).fill(-1);
  const kept: number[] = [];
  for (const member of order) {
    let nearest = -1;
    let best = -Infinity;
    for (const other of kept) {
      const product = rowOf(vectors, member).reduce(
        (sum, value, place) => sum + value * rowOf(vectors, other)[place]!,
        0,
      );
      if (product > best) [nearest, best] = [other, product];
    }
    const duplicate = nearest >= 0 && best > 1 - epsilon;
    keeper[member] = duplicate ? nearest : member;
    if (!duplicate) kept.push(member);
  }
  return keeper;
}
