import { meaningReader } from '../features/meaning.ts';
import type { Vectorizer } from '../features/vectors.ts';
import { MAXIMUM_TOKENS, REMEMBERED_WORDS, type Word } from '../features/words.ts';
import { float32, int32, offsetsOf, type Arrays, type Kernels } from '../kernels/arena.ts';
import type { ToolHead } from './model.ts';

/** What summing words takes of an arena. */
export interface WordArena {
  kernels: Kernels;
  arrays: Arrays<ReturnType<typeof wordPlaces>> & { features: Int32Array; values: Float32Array };
}

type SummedHead = Pick<ToolHead, 'space' | 'linear' | 'embedding'>;

/** Numbers of a remembered word: what its characters add to the columns of a head, and, where meaning is read, what its meaning
 *  adds, and its vector. */
function sizeOf({ space: { meaning }, linear, embedding }: SummedHead) {
  const columns = linear.columns + embedding.columns;
  const dimensions = meaning?.vectors.dimensions ?? 0;
  return { columns, dimensions, width: columns + (meaning ? columns + dimensions : 0) };
}

export function wordPlaces(head: SummedHead) {
  return {
    words: float32(REMEMBERED_WORDS * sizeOf(head).width),
    wordBases: int32(MAXIMUM_TOKENS),
    ones: float32(MAXIMUM_TOKENS),
  };
}

/** Adds up what the words of a text contribute by themselves, each worked out when it is first met: most words of a request
 *  have been met before, and by their characters and meaning they say the same every time. */
export function wordAdder(
  head: SummedHead,
  arena: WordArena,
  of: { spell: Vectorizer['spell']; addRows: (entries: number, at: number) => void },
): (words: readonly Word[], at: number) => { known: number; all: number } {
  const { kernels, arrays } = arena;
  const { columns, dimensions, width } = sizeOf(head);
  const vectors = head.space.meaning?.vectors;
  const sumOf = vectors && meaningReader(vectors).sumOf;
  const firstMeaning = head.space.vocabulary.hashes.length;
  const serials = new Int32Array(REMEMBERED_WORDS);
  const knownSquares = new Float64Array(REMEMBERED_WORDS);
  const allSquares = new Float64Array(REMEMBERED_WORDS);
  const offsets = offsetsOf(arrays);
  arrays.ones.fill(1);

  const remember = (word: Word) => {
    const { length, known, all } = of.spell(word.characters);
    const base = word.place * width;
    const at = offsets.words + 4 * base;
    of.addRows(length, at);
    serials[word.place] = word.serial;
    knownSquares[word.place] = known;
    allSquares[word.place] = all;
    if (!sumOf) return;
    const vector = sumOf([word]);
    for (let dimension = 0; dimension < dimensions; dimension++) {
      arrays.features[dimension] = firstMeaning + dimension;
      arrays.values[dimension] = vector[dimension]!;
    }
    of.addRows(dimensions, at + 4 * columns);
    arrays.words.set(vector, base + 2 * columns);
  };

  return (words, at) => {
    let known = 0;
    let all = 0;
    for (let index = 0; index < words.length; index++) {
      const word = words[index]!;
      const { place } = word;
      if (serials[place] !== word.serial) remember(word);
      known += knownSquares[place]!;
      all += allSquares[place]!;
      arrays.wordBases[index] = place * width;
    }
    kernels.product(offsets.words, offsets.wordBases, offsets.ones, words.length, width, at);
    return { known, all };
  };
}
