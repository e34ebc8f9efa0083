import { describe, expect, it } from 'vitest';
import { formatRate, table } from '../src/terminal/format.ts';

describe('a rate', () => {
  it('is never shown without what it was counted from', () =>
    expect(formatRate({ value: 0.9312, numerator: 9312, denominator: 10000, interval: [0.926, 0.936] })).toBe(
      '93.1% (9,312 of 10,000, 95% interval 92.6% to 93.6%)',
    ));
  it('of nothing is not shown as a number', () => {
    expect(formatRate({ value: null, numerator: 0, denominator: 0 })).toBe('–');
    expect(formatRate(undefined)).toBe('–');
  });
});

describe('a table', () => {
  it('aligns its second column', () =>
    expect(
      table('Title', [
        ['a', '1'],
        ['long', '2'],
      ]),
    ).toBe('Title\n  a     1\n  long  2'));
});
