import type { JsonObject } from '@retort/kernel';
import { isStorable } from './storable.ts';

/** The members of all outermost JSON objects in a text, a later one's before an earlier one's: agents write the facts of a
 *  request into the prose of their instructions. One that no log can hold is none. */
export function embeddedFacts(text: string): JsonObject {
  const facts: JsonObject = {};
  for (const [start, end] of braces(text)) {
    const written = text.slice(start, end);
    for (const [key, value] of Object.entries(objectOf(written) ?? {}))
      if (isStorable([key, value], written)) facts[key] = value;
  }
  return facts;
}

/** Outermost pairs of braces, as [start, end). Quotes count inside braces only: prose has apostrophes. */
function* braces(text: string): Iterable<[number, number]> {
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let at = text.indexOf('{'); at >= 0 && at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = depth > 0;
    else if (character === '{') {
      if (depth++ === 0) start = at;
    } else if (character === '}' && depth > 0 && --depth === 0) yield [start, at + 1];
  }
}

/** undefined for what is not a JSON object: prose in braces, or arguments a model wrote badly. */
export function objectOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
