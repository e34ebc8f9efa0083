import { bucketTable, type BucketTable } from '../../features/hash-table.ts';
import { mix, type Tokens } from '../values/tokens.ts';

/** Phrases seen in training as values of a slot, by hash of their lower-case words: slots and how often. */
export type PhraseCounts = Map<number, Map<number, number>>;

/** Hash of the tokens `first..last`, the same for the same words wherever they stand. */
export function phraseHash(tokens: Tokens, first: number, last: number): number {
  let hash = 0;
  for (let token = first; token <= last; token++) hash = mix(hash, tokens.words[token]!);
  return hash;
}

export function addPhrase(counts: PhraseCounts, phrase: number, slot: number): void {
  const slots = counts.get(phrase) ?? new Map<number, number>();
  slots.set(slot, (slots.get(slot) ?? 0) + 1);
  counts.set(phrase, slots);
}

/** Phrases to look up, as the kernels do (`assembly/phrases.ts`). */
export interface Gazetteer {
  table: BucketTable;
  /** Behind one number that is no phrase's: of each phrase how many slots had it as a value, and every slot with how often,
   *  where twice is as good as more. The table has where each phrase's begin. */
  lists: Uint16Array;
}

export function gazetteerOf(phrases: PhraseCounts): Gazetteer {
  const lists = [0];
  const begins = Int32Array.from(phrases.values(), (slots) => {
    const begin = lists.push(slots.size) - 1;
    for (const [slot, count] of slots) lists.push(slot, Math.min(count, 2));
    return begin;
  });
  return { table: bucketTable(Int32Array.from(phrases.keys()), begins), lists: Uint16Array.from(lists) };
}
