import { describe, expect, it } from 'vitest';
import { table } from '../src/terminal/format.ts';
import { rateBar, report } from '../src/terminal/report.ts';

describe('a rate', () => {
  it('is never shown without what it was counted from', () =>
    expect(rateBar({ value: 0.7512, numerator: 7512, denominator: 10000, interval: [0.743, 0.76] })).toBe(
      `${'█'.repeat(12)}${'░'.repeat(4)}  75.1%  (7,512 of 10,000; 74.3–76.0%)`,
    ));
  it('of nothing is not shown as a number', () => {
    expect(rateBar({ value: null, numerator: 0, denominator: 0 })).toBe('–');
    expect(rateBar(undefined)).toBe('–');
  });
});

describe('a report', () => {
  it('breaks what is too long for the terminal between words, under its own column', () =>
    expect(report('Title', [[['a', 'one two three four five six']], [['long', '2']]], 28)).toBe(
      ['Title', '', '  a     one two three four', '        five six', '', '  long  2'].join('\n'),
    ));
});

describe('a table', () => {
  it('aligns its second column, and leaves it whole: it may be copied', () =>
    expect(
      table('Title', [
        ['a', '1'],
        ['long', 'x'.repeat(200)],
      ]),
    ).toBe(`Title\n  a     1\n  long  ${'x'.repeat(200)}`));
});
