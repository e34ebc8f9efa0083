import { setImmediate } from 'node:timers/promises';
import type { JsonValue } from '@retort/kernel';
import type { Detector } from './detectors.ts';
import { notRedactable } from './not-redactable.ts';

export interface Rule {
  name: string;
  find: Detector;
}
export interface RuleFinding {
  rule: string;
  start: number;
  end: number;
}

/** What the rules find, from the left, without overlaps: the earlier and longer one stays. */
export function findingsIn(text: string, rules: readonly Rule[]): RuleFinding[] {
  if (text.length > longestText) throw notRedactable([], `holds a text of more than ${longestText} characters`);
  return merged(allIn(text, rules));
}

function allIn(text: string, rules: readonly Rule[]): RuleFinding[] {
  return rules.flatMap(({ name, find }) => find(text).map((finding) => ({ rule: name, ...finding })));
}

/** Sorts, and keeps what does not overlap. */
function merged(all: RuleFinding[]): RuleFinding[] {
  all.sort((left, right) => left.start - right.start || right.end - left.end);
  const kept: RuleFinding[] = [];
  for (const finding of all) {
    const last = kept.at(-1);
    if (!last || finding.start >= last.end) kept.push(finding);
    // Nothing of the later one may stay behind.
    else if (finding.end > last.end) last.end = finding.end;
  }
  return kept;
}

/** Longer texts are refused: every character is looked at by every detector. */
export const longestText = 262_144;

/** Card and national numbers are sent as numbers too; a number of a telephone is not told from an amount. */
export const rulesOfNumbers = (rules: readonly Rule[]) => rules.filter(({ name }) => name !== 'phone');

/** What the rules find in the texts and in the large numbers of a content. */
export interface KnownFindings {
  texts: ReadonlyMap<string, RuleFinding[]>;
  numbers: ReadonlyMap<number, RuleFinding[]>;
}

/** A long text is looked through piece by piece; what stands across two of them stands in the one that begins before. */
const piece = 1_024;
const overlap = 256;
const longestTurnMs = 5;
/** Digits that may belong to numbers, of one decision: looking for telephone numbers takes about 50 microseconds each. */
const mostDigits = 50_000;

/** @throws `decisions.not-redactable` (422) for texts that are too long, or hold too many digits: at the one that goes beyond */
export async function lookAhead(content: JsonValue, rules: readonly Rule[]): Promise<KnownFindings> {
  const texts = new Map<string, RuleFinding[]>();
  const numbers = new Map<number, RuleFinding[]>();
  if (rules.length === 0) return { texts, numbers };
  const ofNumbers = rulesOfNumbers(rules);
  let digits = 0;
  let began = performance.now();
  const place: (string | number)[] = [];
  for (const value of leavesOf(content, place)) {
    if (typeof value === 'number') {
      if (!numbers.has(value)) numbers.set(value, findingsIn(String(Math.abs(value)), ofNumbers));
    } else if (!texts.has(value)) {
      if (value.length > longestText) throw notRedactable(place, `holds a text of more than ${longestText} characters`);
      digits += digitsIn(value);
      if (digits > mostDigits)
        throw notRedactable(place, `brings the digits in texts beyond ${mostDigits}; send shorter texts`);
      const found: RuleFinding[] = [];
      for (let from = 0; from === 0 || from + overlap < value.length; from += piece) {
        const findings = allIn(value.slice(from, from + piece + overlap), rules);
        found.push(...findings.map(({ rule, start, end }) => ({ rule, start: start + from, end: end + from })));
        began = await turnAfter(began);
      }
      texts.set(value, merged(found));
    }
    began = await turnAfter(began);
  }
  return { texts, numbers };
}

/** Every text, names of members included, and every number that may be one of a card or a person. `place` is where the one
 *  at hand stands: it changes with the next. */
function* leavesOf(value: JsonValue, place: (string | number)[]): Generator<string | number> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && Math.abs(value) >= 100_000) yield value;
  } else if (Array.isArray(value))
    for (const [index, item] of value.entries()) {
      place.push(index);
      yield* leavesOf(item, place);
      place.pop();
    }
  else if (value !== null && typeof value === 'object')
    for (const [key, member] of Object.entries(value)) {
      place.push(key);
      yield key;
      yield* leavesOf(member, place);
      place.pop();
    }
}

function digitsIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character >= 0x30 && character <= 0x39) count++;
  }
  return count;
}

async function turnAfter(began: number): Promise<number> {
  if (performance.now() - began < longestTurnMs) return began;
  await setImmediate();
  return performance.now();
}
