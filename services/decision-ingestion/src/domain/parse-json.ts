import { fault, toPointer } from '@retort/kernel';

const deepest = 128;

/** Parses a posted text, and refuses what JSON allows but a reader of the log could not carry: NUL characters and halves
 *  of surrogate pairs (no database text holds them), `__proto__` members, and nesting beyond 128 levels.
 *  @throws `decisions.malformed-json`, `decisions.unstorable` (400) */
export function parseJson(text: string): unknown {
  const value = parse(text);
  if (needsALook(text)) inspect(value, [], 0);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The parser's own message would quote the body.
    const place = /at position (\d+)/.exec(String(error))?.[1];
    throw fault('decisions.malformed-json', {
      public: `The text is not valid JSON${place === undefined ? '' : ` (it breaks at character ${place})`}.`,
      errors: [{ pointer: '', message: 'not valid JSON' }],
    });
  }
}

/** Almost no text does: none of it holds an escape by code, nor more brackets than the depth allowed. */
function needsALook(text: string): boolean {
  if (text.includes('\\u') || text.includes('__proto__')) return true;
  if (text.length <= 2 * deepest) return false;
  return count(text, '{') + count(text, '[') > deepest;
}

/** How often a character stands in a text; no further than it matters. */
function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0 && found <= deepest; at = text.indexOf(character, at + 1)) found++;
  return found;
}

function inspect(value: unknown, path: (string | number)[], depth: number): void {
  if (typeof value === 'string') {
    if (!storable(value)) throw unstorable(path, 'holds a NUL character or half of a surrogate pair');
    return;
  }
  if (value === null || typeof value !== 'object') return;
  if (depth >= deepest) throw unstorable(path.slice(0, 8), `nested deeper than ${deepest} levels`);
  for (const [key, member] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === '__proto__' || !storable(key)) throw unstorable(path, 'holds a member whose name cannot be stored');
    inspect(member, here, depth + 1);
  }
}

function storable(text: string): boolean {
  // With the u flag a surrogate matches only where its other half is missing.
  return !/[\0\p{Surrogate}]/u.test(text);
}

function unstorable(path: readonly (string | number)[], message: string) {
  return fault('decisions.unstorable', {
    public: 'The decision holds something that cannot be stored.',
    errors: [{ pointer: toPointer(path), message }],
  });
}
