import { describe, expect, it } from 'vitest';
import { isoDate, parseDay, parseTime } from '../../src/arguments/values/dates.ts';
import { isoDay } from '../../src/arguments/context/layout.ts';
import { parseNumber } from '../../src/arguments/values/numbers.ts';
import { compilePattern, learnPatterns } from '../../src/arguments/values/patterns.ts';
import { textBetween, tokenize } from '../../src/arguments/values/tokens.ts';

const friday = isoDay('2019-03-01')!;

describe('a phrase', () => {
  it.each([
    ['the 14th', '2019-03-14'],
    ['14th of this month', '2019-03-14'],
    ['day after tomorrow', '2019-03-03'],
    ['next Thursday', '2019-03-07'],
    ['wednesday next week', '2019-03-06'],
    ['March 11th', '2019-03-11'],
    ['second of April', '2019-04-02'],
    ['January 5', '2020-01-05'],
    ['April 25, 2026', '2026-04-25'],
    ['today', '2019-03-01'],
    ['in 3 days', '2019-03-04'],
    ['3/14', '2019-03-14'],
    ['2020-02-29', '2020-02-29'],
  ])('"%s" is the day %s', (phrase, day) => expect(isoDate(parseDay(phrase, friday)!)).toBe(day));

  it.each(['in the kitchen', 'may I', 'mark', '', '14th floor of 99/99/9999'])(
    '"%s" never fails, and is a day only by its ordinal',
    (phrase) => {
      const day = parseDay(phrase, friday);
      expect(day === undefined || Number.isInteger(day)).toBe(true);
    },
  );

  it.each([
    ['6:10 am', '06:10'],
    ['6 pm', '18:00'],
    ['6 in the evening', '18:00'],
    ['12 o"clock in the afternoon', '12:00'],
    ['half past 1 in the morning', '01:30'],
    ['quarter to six in the evening', '17:45'],
    ['morning 9:30', '09:30'],
    ['12 am', '00:00'],
    ['noon', '12:00'],
    ['18:30', '18:30'],
  ])('"%s" is the time %s', (phrase, time) => expect(parseTime(phrase)).toBe(time));

  it.each([
    ['$1,650', 1650],
    ['1050 dollars', 1050],
    ['1.5 million', 1_500_000],
    ['5k', 5000],
    ['two hundred and fifty', 250],
    ['twenty one', 21],
    ['-3', -3],
  ])('"%s" is the number %d', (phrase, number) => expect(parseNumber(phrase)).toBe(number));
});

describe('a pattern', () => {
  it('generalises ids to [A-Z]+-\\d+ and does not match inside a word', () => {
    const [pattern] = learnPatterns(['AB-12', 'XY-9']);
    expect(pattern).toBe('[A-Z]+\\-\\d+');
    expect('xAB-1 CD-22, EF-3'.match(compilePattern(pattern!))).toEqual(['CD-22', 'EF-3']);
  });
});

describe('tokens', () => {
  it('keep numbers and words whole, and cut emoji and signs off', () => {
    const tokens = tokenize('Pay €1,650.50 at 6:10, Zoë’s 😀!');
    expect(Array.from({ length: tokens.count }, (_, at) => textBetween(tokens, at, at))).toEqual([
      'Pay',
      '€',
      '1,650.50',
      'at',
      '6:10',
      ',',
      'Zoë',
      '’',
      's',
      '😀',
      '!',
    ]);
  });

  it('read no more of a long text than a bounded part', () =>
    expect(tokenize('a '.repeat(50_000)).count).toBeLessThanOrEqual(192));
});
