import { RE2JS } from 're2js';
import type { Meter } from './meter.ts';

/** A pattern that runs in time linear in the text (RE2: no backtracking). */
export interface LinearPattern {
  test(text: string): boolean;
  toString(): string;
}

/** Compiles an ECMA-262 pattern for the linear engine; null where that cannot run it (look-around, back references,
 *  repetition beyond its size). Steps are text × program, as an automaton of RE2 takes them.
 *  @throws `SyntaxError` when it is no pattern at all */
export function linearPattern(pattern: string, meter: Meter): LinearPattern | null {
  // Sets the grammar: RE2 has flags and classes that ECMA-262 does not.
  new RegExp(pattern, 'u');
  const compiled = isTooLarge(pattern) ? null : compile(inRe2Syntax(pattern));
  if (compiled === null) return null;
  const stepsPerCharacter = 0.5 + compiled.programSize() / 3;
  return {
    test(text) {
      meter.spend(2 + text.length * stepsPerCharacter);
      return compiled.test(text);
    },
    toString: () => `/${pattern}/u`,
  };
}

const longest = 2_000;
const largest = 50_000;

/** The program of a pattern is as long as the pattern is with its counted repetitions written out. */
function isTooLarge(pattern: string): boolean {
  let repetitions = 1;
  for (const [, least, most] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) repetitions += Number(most || least);
  return pattern.length > longest || pattern.length * repetitions > largest;
}

function compile(pattern: string): RE2JS | null {
  try {
    return RE2JS.compile(pattern);
  } catch {
    // RE2's own list of what it leaves out is the list.
    return null;
  }
}

/** White space of ECMA-262 beyond RE2's `\s`, and the line ends that its dot does not match. */
const moreSpace = String.raw`\s\x0b\x{a0}\x{feff}\x{2028}\x{2029}\p{Zs}`;
const tokens = /\\(?:[\s\S])|\[\^?|\]|\./g;

/** The same pattern in RE2's words, where the two languages give one spelling two meanings. */
function inRe2Syntax(pattern: string): string {
  let within = false;
  const spelled = pattern.replace(tokens, (token) => {
    if (token === ']') within = false;
    else if (token[0] === '[' && !within) within = true;
    else if (token === '.' && !within) return String.raw`[^\n\r\x{2028}\x{2029}]`;
    else if (token === String.raw`\s`) return within ? moreSpace : `[${moreSpace}]`;
    else if (token === String.raw`\S` && !within) return `[^${moreSpace}]`;
    return token;
  });
  return RE2JS.translateRegExp(spelled) as string;
}
