import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePositions, formatPosition, parsePosition } from '../src/index.ts';

const number = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const place = fc.tuple(number, number);

describe('a position', () => {
  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(number, number, (commit, prepare) => {
        expect(parsePosition(formatPosition(commit, prepare))).toEqual({ commit, prepare });
      }),
    );
  });

  it('is ordered as its pair of numbers is, not as its text is', () => {
    fc.assert(
      fc.property(place, place, (left, right) => {
        const expected = left[0] === right[0] ? left[1] - right[1] : left[0] - right[0];
        const actual = comparePositions(formatPosition(...left), formatPosition(...right));
        expect(Math.sign(actual)).toBe(expected > 0n ? 1 : expected < 0n ? -1 : 0);
      }),
    );
    expect(comparePositions('9/0', '10/0')).toBeLessThan(0);
  });

  it('is refused when it is something else', () => {
    for (const text of ['', '1', '1/', '/1', '-1/0', '1/2/3', '1 /2', '0x1/2', '18446744073709551616/0'])
      expect(() => parsePosition(text)).toThrow(RangeError);
  });
});
