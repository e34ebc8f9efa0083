/** A text cut into words, numbers and single symbols. Offsets are UTF-16 positions in `text`. Plain arrays: most texts are
 *  short, and small typed arrays cost more to make than to fill. */
export interface Tokens {
  text: string;
  count: number;
  starts: readonly number[];
  ends: readonly number[];
  /** Hash of the token in lower case. */
  words: readonly number[];
}

/** What lies beyond is not read: 100 KB of text must cost no more than a long letter. */
const maximumCharacters = 4000;
export const maximumTokens = 192;

export function tokenize(text: string, limit = maximumTokens): Tokens {
  const end = Math.min(text.length, maximumCharacters);
  const starts: number[] = [];
  const ends: number[] = [];
  const words: number[] = [];
  for (let index = 0; index < end && words.length < limit;) {
    const code = text.charCodeAt(index);
    if (isSpace(code)) {
      index++;
      continue;
    }
    const start = index++;
    if (isWordCode(code))
      while (index < end && (isWordCode(text.charCodeAt(index)) || joinsDigits(text, index))) index++;
    else if (isLeadSurrogate(code) && index < end) index++;
    starts.push(start);
    ends.push(index);
    words.push(hashLower(text, start, index));
  }
  return { text, count: words.length, starts, ends, words };
}

/** The text from the first to the last token of a span, both included. */
export function textBetween(tokens: Tokens, first: number, last: number): string {
  return tokens.text.slice(tokens.starts[first], tokens.ends[last]);
}

/** Mixes a hash into another: order matters, so that (a, b) and (b, a) are different features. */
export function mix(seed: number, value: number): number {
  let hash = Math.imul(seed ^ (value + 0x9e3779b9 + (seed << 6) + (seed >>> 2)), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Hash of a part of a text in lower case. */
export function hashLower(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ lowerCode(text.charCodeAt(index)), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Hash of the collapsed shape of a part of a text: `Xx` for "Paris", `d:` for digits, `xd` for "b12". */
export function hashShape(text: string, start: number, end: number): number {
  let hash = end - start > 4 ? 7 : end - start;
  let previous = -1;
  for (let index = start; index < end; index++) {
    const kind = characterClass(text.charCodeAt(index));
    if (kind === previous) continue;
    hash = Math.imul(hash ^ kind, 0x01000193);
    previous = kind;
  }
  return hash;
}

function characterClass(code: number): number {
  if (code >= 97 && code <= 122) return 1;
  if (code >= 65 && code <= 90) return 2;
  if (code >= 48 && code <= 57) return 3;
  return code > 127 ? 4 : 128 + code;
}

function lowerCode(code: number): number {
  if (code >= 65 && code <= 90) return code + 32;
  return code < 128 ? code : String.fromCharCode(code).toLowerCase().charCodeAt(0);
}

function isWordCode(code: number): boolean {
  if (code < 128)
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
  return (
    !isSpace(code) &&
    !(code >= 0xa1 && code <= 0xbf) &&
    !(code >= 0xd800 && code <= 0xdfff) &&
    !(code >= 0x2000 && code <= 0x2bff)
  );
}

/** "1,650", "12.50" and "6:10" are one token each. */
function joinsDigits(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (
    (code === 44 || code === 46 || code === 58) &&
    isDigit(text.charCodeAt(index - 1)) &&
    isDigit(text.charCodeAt(index + 1))
  );
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLeadSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x3000 || code === 0xfeff;
}
