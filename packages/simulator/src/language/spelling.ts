/** Corrects words that are one edit (a letter dropped, doubled, replaced, or two swapped) from a known one. */
export type Spelling = (word: string) => string;

const shortest = 5;

/** Indexes the vocabulary by its one-letter deletions (the symmetric-delete scheme of SymSpell), so that a look-up
 *  costs as many probes as the word has letters. Words shorter than five letters are left as they are. */
export function spelling(vocabulary: Iterable<string>): Spelling {
  const known = new Set(vocabulary);
  const byDeletion = new Map<string, string>();
  for (const word of known) {
    if (word.length < shortest) continue;
    for (const form of [word, ...deletions(word)]) if (!byDeletion.has(form)) byDeletion.set(form, word);
  }
  return (word) => {
    if (known.has(word) || word.length < shortest - 1 || /\d/.test(word)) return word;
    const direct = byDeletion.get(word);
    if (direct) return direct;
    for (const form of deletions(word)) {
      const candidate = byDeletion.get(form);
      if (candidate && Math.abs(candidate.length - word.length) <= 1) return candidate;
    }
    return word;
  };
}

function deletions(word: string): string[] {
  return Array.from(word, (_letter, at) => word.slice(0, at) + word.slice(at + 1));
}
