import { seededRandom } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import {
  bestSpans,
  latticePlaces,
  latticeShape,
  columnOf,
  visitTransitions,
} from '../../src/arguments/tagger/viterbi.ts';
import { float64, openArena } from '../../src/kernels/arena.ts';

const allowed = (from: number, to: number) => to === 0 || to % 2 === 1 || to === from || to === from + 1;

/** A lattice of random scores, and the score of every labelling of it that may be. */
function randomLattice(slots: number, tokens: number) {
  const random = seededRandom(`lattice ${slots} ${tokens}`);
  const shape = latticeShape(slots);
  const arena = openArena({
    ...latticePlaces({ tokens, slots }),
    backward: float64(tokens * shape.width),
    factors: float64(shape.transitions),
    potentials: float64((tokens + 2) * shape.width),
    scales: float64(tokens),
    chances: float64(tokens * shape.width),
    expected: float64(shape.transitions),
  });
  const { emissions, transitions } = arena.arrays;
  transitions.fill(-Infinity);
  const transitionOf = new Map<string, number>();
  visitTransitions(shape, ({ from, to, at }) => {
    transitions[at] = random.normal();
    transitionOf.set(`${from} ${to}`, transitions[at]);
  });
  emissions.forEach((_, at) => (emissions[at] = random.normal()));
  const labellings: { path: number[]; score: number }[] = [];
  const extend = (path: number[], score: number) => {
    if (path.length === tokens) return void labellings.push({ path, score });
    const from = path.at(-1);
    for (let to = 0; to <= 2 * slots; to++) {
      if (from === undefined ? to > 0 && to % 2 === 0 : !allowed(from, to)) continue;
      const step = from === undefined ? 0 : transitionOf.get(`${from} ${to}`)!;
      extend([...path, to], score + step + emissions[path.length * shape.width + columnOf(shape, to)]!);
    }
  };
  extend([], 0);
  return { arena, shape, labellings: labellings.sort((a, b) => b.score - a.score) };
}

/** Shapes of small lattices, for which all labellings can be told. */
const SHAPES = [
  [1, 1],
  [1, 5],
  [2, 5],
  [3, 4],
  [4, 3],
] as const;

describe('the chances of labels', () => {
  for (const [slots, tokens] of SHAPES)
    it(`are those of all labellings together, with ${slots} slots and ${tokens} tokens`, () => {
      const { arena, shape, labellings } = randomLattice(slots, tokens);
      const { kernels, arrays } = arena;
      kernels.marginals(
        ...([arrays.emissions.byteOffset, arrays.transitions.byteOffset, tokens, slots] as const),
        ...([arrays.factors.byteOffset, arrays.potentials.byteOffset, arrays.scales.byteOffset] as const),
        ...([arrays.chances.byteOffset, arrays.expected.byteOffset] as const),
      );
      const all = labellings.reduce((sum, { score }) => sum + Math.exp(score), 0);
      const chanceOf = (test: (path: number[]) => boolean) =>
        labellings.reduce((sum, { path, score }) => sum + (test(path) ? Math.exp(score) : 0), 0) / all;
      for (let token = 0; token < tokens; token++)
        for (let label = 0; label <= 2 * slots; label++)
          expect(arrays.chances[token * shape.width + columnOf(shape, label)]).toBeCloseTo(
            chanceOf((path) => path[token] === label),
            12,
          );
      visitTransitions(shape, ({ from, to, at }) => {
        let expected = 0;
        for (let token = 1; token < tokens; token++)
          expected += chanceOf((path) => path[token - 1] === from && path[token] === to);
        expect(arrays.expected[at]).toBeCloseTo(expected, 12);
      });
    });
});

describe('the best labelling', () => {
  for (const [slots, tokens] of SHAPES)
    it(`is the best of all, with ${slots} slots and ${tokens} tokens, and margins are what its rivals lose by`, () => {
      const { arena, shape, labellings } = randomLattice(slots, tokens);
      const spans = bestSpans(arena, shape, tokens, 100);
      const best = labellings[0]!;
      expect([...arena.arrays.path]).toEqual(best.path);
      const bestWith = (token: number, test: (label: number) => boolean) =>
        labellings.find(({ path }) => test(path[token]!))!.score;
      const isIn = (label: number, slot: number) => label > 0 && Math.ceil(label / 2) - 1 === slot;
      for (const { slot, first, last, margin } of spans) {
        const ends = Math.min(last + 1, tokens - 1);
        const inside = Array.from({ length: ends - first + 1 }, (_, index) => first + index);
        if (isIn(best.path[first]!, slot))
          expect(margin).toBeCloseTo(
            Math.min(...inside.map((token) => best.score - bestWith(token, (label) => label !== best.path[token]))),
            6,
          );
        else expect(margin).toBeCloseTo(bestWith(first, (label) => label === 2 * slot + 1) - best.score, 6);
      }
      expect(new Set(spans.map(({ slot }) => slot)).size).toBe(slots);
    });
});
