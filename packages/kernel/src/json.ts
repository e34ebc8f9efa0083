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

/** Builds an RFC 6901 JSON pointer from path segments. */
export function toPointer(segments: readonly (string | number | symbol)[]): string {
  return segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Whether the text of a JSON value nests objects and arrays deeper than `levels`; told from its brackets. */
export function jsonIsDeeperThan(text: string, levels: number): boolean {
  if (!hasMoreBrackets(text, levels)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') {
      if (++depth > levels) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}

/** Almost no text does: it is not read character by character. */
function hasMoreBrackets(text: string, most: number): boolean {
  let found = 0;
  for (const bracket of '{[')
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) if (++found > most) return true;
  return false;
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
