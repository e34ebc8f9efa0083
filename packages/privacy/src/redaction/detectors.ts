import luhn from 'fast-luhn';
import { electronicFormatIBAN, getCountrySpecifications, isValidIBAN } from 'ibantools';
import { findPhoneNumbersInText, type CountryCode } from 'libphonenumber-js/min';
import { stdnum } from 'stdnum';

export interface Finding {
  start: number;
  /** Exclusive. */
  end: number;
}
/** Finds what it is named for in a text, in time linear in its length. */
export type Detector = (text: string) => Finding[];

/** Card numbers of 13 to 19 digits with a valid check digit (ISO/IEC 7812-1, Luhn), in groups that a single blank,
 *  dot or dash parts. */
export const findCards: Detector = (text) =>
  runsOf(text, /\d+(?:[ .\u00a0\u2010-\u2015-]\d+)*/g).flatMap((groups) =>
    windowsIn(groups, { least: 13, most: 19, isMatch: luhn }),
  );

/** IBANs by their country's length and check digits (ISO 13616, mod 97), in groups or not. */
export const findIbans: Detector = (text) => {
  const findings: Finding[] = [];
  for (const { index } of text.matchAll(/(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}/g)) {
    const length = specifications[text.slice(index, index + 2).toUpperCase()]?.chars;
    const end = length ? endOf(text, index, length) : null;
    if (end === null) continue;
    if (isValidIBAN(electronicFormatIBAN(text.slice(index, end)) ?? '')) findings.push({ start: index, end });
  }
  return findings;
};
const specifications = getCountrySpecifications();

/** E-mail addresses, those with letters of other scripts too. What looks like one is one. */
export const findEmails: Detector = (text) => {
  const findings: Finding[] = [];
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const local = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u.exec(text.slice(Math.max(0, at - 64), at));
    const domain = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/u.exec(text.slice(at + 1, at + 256));
    if (local && domain) findings.push({ start: at - local[0].length, end: at + 1 + domain[0].length });
  }
  return findings;
};

const phoneWindow = 64;
/** Contexts are full of them. */
const date = /^(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})$/;

/** Phone numbers: international ones, and those of `country` as they are written there. */
export function phones(country: string | undefined): Detector {
  const options = country === undefined ? {} : { defaultCountry: country as CountryCode };
  return (text) => {
    const findings: Finding[] = [];
    for (const { 0: run, index } of text.matchAll(/[+(\d][\d ()./+-]{5,}\d/g))
      for (let from = 0; from === 0 || from + phoneWindow / 2 < run.length; from += phoneWindow / 2) {
        const window = run.slice(from, from + phoneWindow);
        if (window.replaceAll(/\D/g, '').length < 7) continue;
        for (const { startsAt, endsAt } of findPhoneNumbersInText(window, { ...options, extended: true }))
          if (!date.test(window.slice(startsAt, endsAt)))
            findings.push({ start: index + from + startsAt, end: index + from + endsAt });
      }
    return findings;
  };
}

/** The numbers of persons that can be looked for, as `US.ssn`. */
export const nationalIds: readonly string[] = Object.entries(stdnum).flatMap(([country, validators]) =>
  Object.keys(validators).map((name) => `${country}.${name}`),
);

/** A national number by its check digits, as `US.ssn` or `DE.idnr`. */
export function nationalId(name: string): Detector {
  const [country, kind] = name.split('.') as [string, string];
  const validator = stdnum[country]?.[kind];
  if (!validator) throw new RangeError(`${name} is not a national number that can be looked for`);
  return (text) =>
    runsOf(text, /[\dA-Za-z]+(?:[ ./-][\dA-Za-z]+)*/g).flatMap((groups) =>
      windowsIn(groups, {
        least: 6,
        most: 20,
        isMatch: (compact) => /\d\D*\d\D*\d\D*\d/.test(compact) && validator.validate(compact).isValid,
      }),
    );
}

interface Group extends Finding {
  text: string;
}

/** What a pattern matches, as the groups of letters and digits in it. */
function runsOf(text: string, pattern: RegExp): Group[][] {
  return [...text.matchAll(pattern)].map(({ 0: run, index }) =>
    [...run.matchAll(/[\dA-Za-z]+/g)].map((group) => ({
      start: index + group.index,
      end: index + group.index + group[0].length,
      text: group[0],
    })),
  );
}

/** The longest matches of whole neighbouring groups, from the left. */
function windowsIn(
  groups: readonly Group[],
  { least, most, isMatch }: { least: number; most: number; isMatch: (compact: string) => boolean },
): Finding[] {
  const findings: Finding[] = [];
  for (let first = 0; first < groups.length; first++) {
    let compact = '';
    let found: number | null = null;
    for (let last = first; last < groups.length && compact.length + groups[last]!.text.length <= most; last++) {
      compact += groups[last]!.text;
      if (compact.length >= least && isMatch(compact)) found = last;
    }
    if (found === null) continue;
    findings.push({ start: groups[first]!.start, end: groups[found]!.end });
    first = found;
  }
  return findings;
}

/** Where so many letters and digits end that single blanks or dashes may part; null where there are fewer, or more follow. */
function endOf(text: string, start: number, length: number): number | null {
  let at = start;
  for (let seen = 0; seen < length; at++) {
    const character = text[at];
    if (character === undefined) return null;
    if (/[A-Za-z0-9]/.test(character)) seen++;
    else if (!/[ -]/.test(character) || !/[A-Za-z0-9]/.test(text[at - 1]!)) return null;
  }
  return /[A-Za-z0-9]/.test(text[at] ?? '') ? null : at;
}
