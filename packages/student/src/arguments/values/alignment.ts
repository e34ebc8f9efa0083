import { canonicalJson, type JsonValue } from '@retort/kernel';
import { parseNumber } from './numbers.ts';
import { textBetween, tokenize, type Tokens } from './tokens.ts';
import { transformed, type Transform, type TransformEnvironment } from './transforms.ts';

const isoDate = /^\d{4}-\d\d-\d\d$/;
const clockTime = /^\d\d:\d\d$/;
const numeral = /^-?\d+(\.\d+)?$/;
const dayWord =
  /^(\d{1,4}(st|nd|rd|th)?|(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*|(sun|mon|tue|wed|thu|fri|sat)[a-z]*|today|tonight|tomorrow|yesterday|day|days|week|weeks|month|next|this|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|[a-z]+teenth|twentieth|thirtieth|twenty|thirty|coming|later|in|from|now|one|two|three)$/;
const timeWord =
  /^(\d{1,2}(am|pm)?|am|pm|a|p|m|noon|midday|midnight|morning|afternoon|evening|night|tonight|clock|half|quarter|past|to|after|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty)$/;
const link = /^(of|the|in|at|around|a|o|s|"|'|,|\.|:|\/|-|after|before|from|on)$/;

export interface Occurrence {
  first: number;
  last: number;
}

export function sameValue(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  return (
    typeof a === 'object' && typeof b === 'object' && a !== null && b !== null && canonicalJson(a) === canonicalJson(b)
  );
}

/** The simplest transform that makes `value` of `raw`, if any does. */
export function transformBetween(
  raw: JsonValue,
  value: JsonValue,
  environment: TransformEnvironment,
): Transform | undefined {
  if (sameValue(raw, value)) return 'same';
  if (typeof raw === 'object' || typeof value === 'object') return undefined;
  return plausible(raw, value).find((transform) => {
    const made = transformed(raw, transform, environment);
    return made !== undefined && made === value;
  });
}

function plausible(raw: JsonValue, value: JsonValue): Transform[] {
  if (typeof raw !== 'string') return ['text'];
  if (typeof value === 'number') return ['number', 'alias'];
  if (typeof value !== 'string') return ['alias'];
  if (isoDate.test(value)) return ['date', 'alias'];
  if (clockTime.test(value)) return ['time', 'alias'];
  if (numeral.test(value)) return ['numeral', 'alias'];
  return raw.length === value.length && raw.toLowerCase() === value.toLowerCase()
    ? ['lower', 'upper', 'title', 'alias']
    : ['alias'];
}

/** Where a text names a value: word for word (in any case), by one of `spellings`, or as a date, time or number that
 *  means it. In order of trust; the first is the one to learn from. */
export function occurrencesOf(
  tokens: Tokens,
  value: JsonValue,
  environment: TransformEnvironment & { spellings: readonly string[] },
): Occurrence[] {
  const found: Occurrence[] = [];
  if (typeof value === 'string' || typeof value === 'number') {
    findWords(tokens, String(value), found);
    for (const spelling of environment.spellings) findWords(tokens, spelling, found);
  }
  if (found.length > 0) return found;
  if (typeof value === 'number' || (typeof value === 'string' && numeral.test(value)))
    findNumber(tokens, Number(value), found);
  else if (typeof value === 'string' && isoDate.test(value))
    findRun({ tokens, value, transform: 'date', core: dayWord }, environment, found);
  else if (typeof value === 'string' && clockTime.test(value))
    findRun({ tokens, value, transform: 'time', core: timeWord }, environment, found);
  return found;
}

function findWords(tokens: Tokens, phrase: string, found: Occurrence[]): void {
  if (phrase.length > 300) return;
  const wanted = tokenize(phrase);
  if (wanted.count === 0) return;
  for (let first = 0; first + wanted.count <= tokens.count; first++) {
    let length = 0;
    while (length < wanted.count && tokens.words[first + length] === wanted.words[length]) length++;
    if (length === wanted.count) found.push({ first, last: first + length - 1 });
  }
}

function findNumber(tokens: Tokens, value: number, found: Occurrence[]): void {
  for (let first = 0; first < tokens.count; first++)
    for (let last = first; last < Math.min(tokens.count, first + 6); last++)
      if (
        parseNumber(textBetween(tokens, first, last)) === value &&
        parseNumber(textBetween(tokens, first, first)) !== undefined
      ) {
        const longer = last + 1 < tokens.count && /^\d/.test(textBetween(tokens, last + 1, last + 1));
        if (!longer && parseNumber(textBetween(tokens, last, last)) !== undefined) found.push({ first, last });
        break;
      }
}

/** Dates and times are runs of their own words, with little words in between. */
function findRun(
  wanted: { tokens: Tokens; value: string; transform: Transform; core: RegExp },
  environment: TransformEnvironment,
  found: Occurrence[],
): void {
  const { tokens, value, transform, core } = wanted;
  const means = (first: number, last: number) =>
    last - first < 12 && transformed(textBetween(tokens, first, last), transform, environment) === value;
  for (let first = 0; first < tokens.count; first++) {
    if (!core.test(wordAt(tokens, first))) continue;
    let last = first;
    for (let next = first + 1; next < tokens.count; next++) {
      const word = wordAt(tokens, next);
      if (core.test(word)) last = next;
      else if (!link.test(word)) break;
    }
    const run = longestMeaning(first, last, { means, isCore: (token) => core.test(wordAt(tokens, token)) });
    if (run) found.push(run);
    first = last;
  }
}

function longestMeaning(
  from: number,
  to: number,
  test: { means: (first: number, last: number) => boolean; isCore: (token: number) => boolean },
): Occurrence | undefined {
  for (let length = to - from; length >= 0; length--)
    for (let first = from; first + length <= to; first++)
      if (test.isCore(first) && test.isCore(first + length) && test.means(first, first + length))
        return { first, last: first + length };
  return undefined;
}

function wordAt(tokens: Tokens, token: number): string {
  return textBetween(tokens, token, token).toLowerCase();
}
