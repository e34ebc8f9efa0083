import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCards, findEmails, findIbans, nationalId, phones, type Detector } from '../src/redaction/detectors.ts';

const found = (detector: Detector, text: string) => detector(text).map(({ start, end }) => text.slice(start, end));

describe('the detector of cards', () => {
  it.each([
    ['my card is 4111111111111111, thanks', '4111111111111111'],
    ['4111 1111 1111 1111', '4111 1111 1111 1111'],
    ['4111-1111-1111-1111', '4111-1111-1111-1111'],
    ['4111.1111.1111.1111', '4111.1111.1111.1111'],
    ['amex 3782 822463 10005', '3782 822463 10005'],
    ['after 12 4111 1111 1111 1111 there', '4111 1111 1111 1111'],
    ['4222222222222', '4222222222222'],
    ['6304000000000000000', '6304000000000000000'],
  ])('finds the number in %j', (text, number) => {
    expect(found(findCards, text)).toEqual([number]);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['too few digits', '411111111111'],
    ['too many digits', '41111111111111111111111'],
    ['digits of a longer number', '994111111111111111100000'],
    ['letters between', '4111a1111b1111c1111'],
    ['groups too far apart', '4111 , 1111 , 1111 , 1111'],
  ])('leaves alone %s', (_, text) => {
    expect(found(findCards, text)).toEqual([]);
  });
});

describe('the detector of IBANs', () => {
  it.each([
    ['DE89370400440532013000', 'DE89370400440532013000'],
    ['to DE89 3704 0044 0532 0130 00 please', 'DE89 3704 0044 0532 0130 00'],
    ['gb29nwbk60161331926819', 'gb29nwbk60161331926819'],
    ['(NO93-8601-1117-947)', 'NO93-8601-1117-947'],
    ['MT84MALT011000012345MTLCAST001S.', 'MT84MALT011000012345MTLCAST001S'],
  ])('finds the number in %j', (text, number) => {
    expect(found(findIbans, text)).toEqual([number]);
  });

  it.each([
    ['wrong check digits', 'DE88370400440532013000'],
    ['a digit too few', 'DE8937040044053201300'],
    ['a digit too many', 'DE893704004405320130001'],
    ['a country that has none', 'XX89370400440532013000'],
    ['the end of a word', 'MADE89370400440532013000'],
  ])('leaves alone %s', (_, text) => {
    expect(found(findIbans, text)).toEqual([]);
  });
});

describe('the detector of e-mail addresses', () => {
  it.each([
    ['write to ada.lovelace+bank@example.co.uk.', 'ada.lovelace+bank@example.co.uk'],
    ['<jürgen@müller.example>', 'jürgen@müller.example'],
    ['mailto:o_o@a-b.io?subject=x', 'o_o@a-b.io'],
  ])('finds the address in %j', (text, address) => {
    expect(found(findEmails, text)).toEqual([address]);
  });

  it.each([
    ['no domain', 'ada@'],
    ['no dot in the domain', '@ada@localhost'],
    ['no name', ' @example.com'],
    ['a price', '3 @ 4.50'],
  ])('leaves alone %s', (_, text) => {
    expect(found(findEmails, text)).toEqual([]);
  });
});

describe('the detector of phone numbers', () => {
  it.each([
    ['call +49 170 1234567 now', '+49 170 1234567'],
    ['+1 (213) 373-4253', '+1 (213) 373-4253'],
    ['ring 030 23125 678', '030 23125 678'],
    [`${'1 '.repeat(40)}+49 170 1234567`, '+49 170 1234567'],
  ])('finds the number in %j', (text, number) => {
    expect(found(phones('DE'), text).join('|')).toContain(number);
  });

  it.each([
    ['an amount', 'EUR 250,000.00 over 20 years'],
    ['a date', 'on 2026-01-31'],
    ['a short number', '110'],
  ])('leaves alone %s', (_, text) => {
    expect(found(phones('DE'), text)).toEqual([]);
  });

  it('leaves alone a national number where no country is given', () => {
    expect(found(phones(undefined), '030 23125 678')).toEqual([]);
  });
});

describe('the detector of national numbers', () => {
  it.each([
    ['US.ssn', 'ssn 536-90-4399 ok', '536-90-4399'],
    ['DE.idnr', 'IdNr 36 574 261 809', '36 574 261 809'],
    ['ES.nie', 'NIE X-2482300W', 'X-2482300W'],
    ['FR.nir', '2 95 10 99 126 111 93', '2 95 10 99 126 111 93'],
  ])('finds %s in %j', (name, text, number) => {
    expect(found(nationalId(name), text)).toEqual([number]);
  });

  it.each([
    ['DE.idnr', '36 574 261 808'],
    ['US.ssn', '666-90-4399'],
    ['ES.nie', 'X-2482300A'],
  ])('leaves alone what %s does not check: %j', (name, text) => {
    expect(found(nationalId(name), text)).toEqual([]);
  });
});

describe('every detector', () => {
  const all: Detector[] = [findCards, findIbans, findEmails, phones('DE'), nationalId('DE.idnr')];
  it('finds spans that are inside of the text, from the left', () => {
    const piece = fc.oneof(
      fc.constantFrom('4111 1111 1111 1111', 'DE89 3704 0044 0532 0130 00', 'a@b.co', '+49 170 1234567', '@', ' ', '-'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join(' ');
        for (const detector of all)
          for (const { start, end } of detector(text)) {
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeLessThanOrEqual(text.length);
            expect(end).toBeGreaterThan(start);
          }
      }),
    );
  });
});
