export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Canonical JSON: keys sorted by code unit, no white space, numbers in their shortest form (RFC 8785 without its
 *  exotic cases). `undefined` members are dropped; NaN and the infinities become null, as in `JSON.stringify`. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** Reads the value at an RFC 6901 JSON pointer; `undefined` where there is none. */
export function atPointer(root: JsonValue, pointer: string): JsonValue | undefined {
  if (pointer === '') return root;
  let value: JsonValue | undefined = root;
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : undefined;
    else if (value !== null && typeof value === 'object')
      value = Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
    else return undefined;
  }
  return value;
}

/** What a table says of a name that somebody else chose: `constructor` is in no table, though every object has one. */
export function ownMember<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Builds an RFC 6901 JSON pointer from path segments. */
export function toPointer(segments: readonly (string | number | symbol)[]): string {
  return segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Where a value holds what no database text, and so no event, can carry: a NUL character, half of a surrogate pair, or a member
 *  `__proto__`; null where it holds none. The path of a member's name is the member's. */
export function unstorablePath(value: unknown): (string | number)[] | null {
  const path: (string | number)[] = [];
  return holdsUnstorable(value, path) ? path : null;
}

/** `path` is where the value stands; it is the same afterwards unless something was found. */
function holdsUnstorable(value: unknown, path: (string | number)[]): boolean {
  if (typeof value === 'string') return !isStorable(value);
  if (value === null || typeof value !== 'object') return false;
  const isList = Array.isArray(value);
  for (const key of Object.keys(value)) {
    path.push(isList ? Number(key) : key);
    if (key === '__proto__' || (!isList && !isStorable(key))) return true;
    if (holdsUnstorable((value as Record<string, unknown>)[key], path)) return true;
    path.pop();
  }
  return false;
}

// With the u flag a surrogate matches only where its other half is missing.
const isStorable = (text: string) => !/[\0\p{Surrogate}]/u.test(text);

/** What a JSON text may be, whoever parses it. */
export interface JsonBudget {
  /** Levels of objects and arrays. */
  levels: number;
  /** Values of any kind, those in objects and arrays included: what parsing takes depends on them more than on the length. */
  values: number;
}

/** Which of its limits the text of a JSON value exceeds; told from its brackets and commas, without parsing it. */
export function exceededJsonBudget(text: string, { levels, values }: JsonBudget): keyof JsonBudget | null {
  // Almost no text does: it is not read character by character.
  const brackets = occurrences(text, '{[', Math.max(levels, values));
  if (brackets <= levels && brackets + occurrences(text, ',', values) < values) return null;
  let depth = 0;
  let seen = 1;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === quote) at = endOfString(text, at);
    else if (character === comma) seen++;
    else if (opens(character)) {
      seen++;
      if (++depth > levels) return 'levels';
    } else if (closes(character)) depth--;
    if (seen > values) return 'values';
  }
  return null;
}

/** The texts of the items of a JSON array, none of them parsed; null where the text is no array as a whole. What stands between
 *  its commas need not be JSON. */
export function jsonItems(text: string): string[] | null {
  const whole = text.trim();
  if (!whole.startsWith('[')) return null;
  const items: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 0; at < whole.length; at++) {
    const character = whole.charCodeAt(at);
    if (character === quote) at = endOfString(whole, at);
    else if (opens(character)) depth++;
    else if (character === comma && depth === 1) {
      items.push(whole.slice(start, at));
      start = at + 1;
    } else if (closes(character) && --depth === 0) {
      if (at < whole.length - 1) return null;
      const last = whole.slice(start, at);
      return items.length === 0 && last.trim() === '' ? [] : [...items, last];
    }
  }
  return null;
}

const quote = 0x22;
const comma = 0x2c;
const opens = (character: number) => character === 0x7b || character === 0x5b;
const closes = (character: number) => character === 0x7d || character === 0x5d;

/** How often one of these characters stands in a text; no further than `most` and one. */
function occurrences(text: string, characters: string, most: number): number {
  let found = 0;
  for (const character of characters)
    for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1))
      if (++found > most) return found;
  return found;
}

function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at >= 0 && isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

/** A character is escaped by an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
