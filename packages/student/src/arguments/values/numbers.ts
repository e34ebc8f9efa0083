const small: Record<string, number> = {
  zero: 0, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, eleven: 11,
  twelve: 12, thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19,
  twenty: 20, thirty: 30, forty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90, a: 1, an: 1,
  single: 1, couple: 2, dozen: 12,
}; // prettier-ignore
const scales: Record<string, number> = {
  hundred: 100,
  k: 1e3,
  thousand: 1e3,
  grand: 1e3,
  m: 1e6,
  million: 1e6,
  billion: 1e9,
};
const ordinals: Record<string, number> = {
  first: 1, second: 2, third: 3, fourth: 4, fifth: 5, sixth: 6, seventh: 7, eighth: 8, ninth: 9, tenth: 10, eleventh: 11,
  twelfth: 12, thirteenth: 13, fourteenth: 14, fifteenth: 15, sixteenth: 16, seventeenth: 17, eighteenth: 18,
  nineteenth: 19, twentieth: 20, thirtieth: 30,
}; // prettier-ignore

/** The number that a phrase names: "1,650", "$12.50", "1.5 million", "5k", "two hundred fifty". */
export function parseNumber(phrase: string): number | undefined {
  const digits = /^[^\d\w-]*(-?\d[\d,]*(?:\.\d+)?)\s*([a-z%]*)/i.exec(phrase.trim());
  if (digits) {
    const value = Number(digits[1]!.replaceAll(',', ''));
    const scale = Object.hasOwn(scales, digits[2]!.toLowerCase()) ? scales[digits[2]!.toLowerCase()]! : 1;
    return Number.isFinite(value) ? value * scale : undefined;
  }
  return parseNumberWords(phrase.toLowerCase().match(/[a-z]+/g) ?? []);
}

/** The number that words name; words that are no number end it. */
export function parseNumberWords(words: readonly string[]): number | undefined {
  let total = 0;
  let group = 0;
  let read = 0;
  for (const word of words) {
    if (Object.hasOwn(small, word)) group += small[word]!;
    else if (word === 'hundred') group = Math.max(1, group) * 100;
    else if (Object.hasOwn(scales, word) && read > 0) {
      total += Math.max(1, group) * scales[word]!;
      group = 0;
    } else if (word === 'and' && read > 0) continue;
    else if (read > 0) break;
    else return undefined;
    read++;
  }
  return read > 0 ? total + group : undefined;
}

/** 1 for "1st" and for "first"; `undefined` for what is no ordinal. */
export function parseOrdinal(word: string): number | undefined {
  const digits = /^(\d{1,2})(?:st|nd|rd|th)$/.exec(word);
  if (digits) return Number(digits[1]);
  if (Object.hasOwn(ordinals, word)) return ordinals[word];
  const compound = /^(twenty|thirty)[- ]?([a-z]+)$/.exec(word);
  const unit = compound ? ordinals[compound[2]!] : undefined;
  return compound && unit !== undefined && unit < 10 ? small[compound[1]!]! + unit : undefined;
}
