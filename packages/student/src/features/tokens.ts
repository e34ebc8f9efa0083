/** Longer texts keep their beginning and their end: work per request is bounded, whatever is sent. */
const MAXIMUM_TEXT = 4096;

// Most text is ASCII, where folding is the identity and the plain pattern is several times faster.
const ASCII = /^[\t-~]*$/;

/** Lower case, compatibility forms folded, at most `maximum` code units, no apostrophes inside words
 *  ("what's" and "whats" are one word). */
export function normalizeText(text: string, maximum = MAXIMUM_TEXT): string {
  const bounded = text.length > maximum ? `${text.slice(0, maximum / 2)} ${text.slice(-maximum / 2)}` : text;
  const folded = ASCII.test(bounded) ? bounded : bounded.normalize('NFKC');
  const lower = folded.toLowerCase();
  return /['’]/.test(lower) ? lower.replace(/(?<=\p{L})['’](?=\p{L})/gu, '') : lower;
}

// A run of letters or digits; one ideograph or kana at a time, for there words are not spaced; or one other mark.
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{M}\p{N}])+|[^\s\p{L}\p{M}\p{N}]/gu;
const ASCII_TOKEN = /[a-z0-9]+|[^\sa-z0-9]/g;

/** The words and marks of a normalised text, in order. */
export function tokens(normalized: string): string[] {
  return normalized.match(ASCII.test(normalized) ? ASCII_TOKEN : TOKEN) ?? [];
}

/** An identifier as a phrase: `getWeather_v2.byCity` reads "get Weather v2 by City". */
export function identifierWords(identifier: string): string {
  return identifier
    .replace(/([\p{Ll}\p{N}])(?=\p{Lu})/gu, '$1 ')
    .replace(/[_\-./:]+/g, ' ')
    .trim();
}
