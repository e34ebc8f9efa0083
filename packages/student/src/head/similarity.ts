import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { extract, extractCharacters } from '../features/extract.ts';
import { BLOCKS, CHARACTERS, featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import { identifierWords } from '../features/tokens.ts';
import { meaningReader } from '../features/meaning.ts';
import { float32, int32, openArena } from '../kernels/arena.ts';
import type { FeatureSpace } from '../features/space.ts';
import type { Structure } from '../features/structure.ts';
import { hashTable } from '../features/hash-table.ts';
import { featureReader, type Vocabulary } from '../features/vocabulary.ts';

/** The features of tools' own words: feature `index` of `table` has the tools and weights `offsets[index]..offsets[index + 1]`. */
export interface ToolTexts {
  table: (hash: number) => number;
  offsets: Int32Array;
  toolOf: Int32Array;
  weights: Float64Array;
  tools: number;
  /** How near what a text means is to what each tool's own means, both of unit length: their cosines, overwritten by the
   *  next; absent where meaning is not read. */
  nearTo?: (meaning: Float32Array) => Float32Array;
}

type ReadableSpace = Pick<FeatureSpace, 'vocabulary' | 'meaning'>;

const NO_STRUCTURE: Structure = new Map();

/** What a tool says of itself: its name, its description, and its parameters' names. */
function toolText({ name, description, parameters }: ToolDefinition): string {
  const properties = (parameters?.['properties'] ?? {}) as JsonObject;
  const names = typeof properties === 'object' && !Array.isArray(properties) ? Object.keys(properties) : [];
  return [identifierWords(name), description ?? '', ...names.map(identifierWords)].join(' . ');
}

export function readToolTexts(tools: readonly ToolDefinition[], { vocabulary, meaning }: ReadableSpace): ToolTexts {
  const buffer = featureBuffer();
  const postings = new Map<number, { tool: number; weight: number }[]>();
  const meanings: Float32Array[] = [];
  tools.forEach((definition, tool) => {
    extract({ query: toolText(definition) }, NO_STRUCTURE, buffer);
    extractCharacters(buffer);
    if (meaning) meanings.push(meaningReader(meaning.vectors).unitOf(buffer.words).slice());
    const { distinct, scale } = readText(buffer, vocabulary);
    for (let index = 0; index < distinct; index++) {
      const weight = scratch.weights[index]! * scale;
      const list = postings.get(scratch.hashes[index]!);
      if (list) list.push({ tool, weight });
      else postings.set(scratch.hashes[index]!, [{ tool, weight }]);
    }
  });
  const lists = [...postings.values()];
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach((list, index) => (offsets[index + 1] = offsets[index]! + list.length));
  const flat = lists.flat();
  return {
    table: hashTable(Int32Array.from(postings.keys())),
    offsets,
    toolOf: Int32Array.from(flat, ({ tool }) => tool),
    weights: Float64Array.from(flat, ({ weight }) => weight),
    tools: tools.length,
    ...(meanings.length > 0 && { nearTo: cosinesWith(meanings) }),
  };
}

/** How near the text in a buffer is to each tool's own: the cosine of their words and characters, and half the cosine of
 *  what they mean. Words that training never saw count too: a new tool is mostly known by new words. */
export function similarityReader({
  vocabulary,
  meaning,
}: ReadableSpace): (texts: ToolTexts, buffer: FeatureBuffer) => Float64Array {
  const meaningOf = meaning && meaningReader(meaning.vectors).unitOf;
  return (texts, buffer) => {
    extractCharacters(buffer);
    const similar = cosines(texts, buffer, vocabulary);
    if (!meaningOf || !texts.nearTo) return similar;
    const near = texts.nearTo(meaningOf(buffer.words));
    for (let tool = 0; tool < similar.length; tool++) similar[tool]! += MEANING_SHARE * near[tool]!;
    return similar;
  };
}

function cosines(texts: ToolTexts, buffer: FeatureBuffer, vocabulary: Vocabulary): Float64Array {
  const { table, offsets, toolOf, weights } = texts;
  const result = new Float64Array(texts.tools);
  const { distinct, scale } = readText(buffer, vocabulary);
  for (let index = 0; index < distinct; index++) {
    const found = table(scratch.hashes[index]!);
    if (found < 0) continue;
    const weight = scratch.weights[index]! * scale;
    for (let at = offsets[found]!; at < offsets[found + 1]!; at++) result[toolOf[at]!]! += weight * weights[at]!;
  }
  return result;
}

const MEANING_SHARE = 0.5;

function cosinesWith(units: readonly Float32Array[]): (unit: Float32Array) => Float32Array {
  const dimensions = units[0]!.length;
  const { kernels, arrays } = openArena({
    units: float32(units.length * dimensions),
    bases: int32(units.length),
    unit: float32(dimensions),
    cosines: float32(units.length),
  });
  units.forEach((unit, index) => {
    arrays.units.set(unit, index * dimensions);
    arrays.bases[index] = index * dimensions;
  });
  const { cosines } = arrays;
  return (unit) => {
    arrays.unit.set(unit);
    kernels.dots(
      ...([arrays.units.byteOffset, arrays.bases.byteOffset, units.length] as const),
      ...([arrays.unit.byteOffset, dimensions, cosines.byteOffset] as const),
    );
    return cosines;
  };
}

/** Reused from text to text: the distinct hashes, their weights, and a table of what has been seen. */
const scratch = { hashes: new Int32Array(0), weights: new Float64Array(0), seen: new Int32Array(16) };

/** Reads the distinct words and character n-grams of the buffer with their idf weights into `scratch`; `scale` makes their
 *  vector one of unit length. */
function readText(buffer: FeatureBuffer, vocabulary: Vocabulary): { distinct: number; scale: number } {
  const words = buffer.ends[BLOCKS.indexOf('words')]!;
  const characters = buffer.ends[CHARACTERS - 1]!;
  const length = words + buffer.length - characters;
  if (scratch.hashes.length < length) {
    scratch.hashes = new Int32Array(length * 2);
    scratch.weights = new Float64Array(length * 2);
  }
  if (scratch.seen.length < length * 2) scratch.seen = new Int32Array(2 ** Math.ceil(Math.log2(length * 4)));
  const { hashes, weights, seen } = scratch;
  const featureOf = featureReader(vocabulary);
  seen.fill(0);
  const wrap = seen.length - 1;
  let distinct = 0;
  let squares = 0;
  for (let position = 0; position < length; position++) {
    const hash = buffer.hashes[position < words ? position : position - words + characters]!;
    let slot = hash & wrap;
    while (seen[slot] !== 0 && hashes[seen[slot]! - 1] !== hash) slot = (slot + 1) & wrap;
    if (seen[slot] !== 0) continue;
    const feature = featureOf(hash);
    const weight = feature < 0 ? vocabulary.unseenIdf : vocabulary.idf[feature]!;
    hashes[distinct] = hash;
    weights[distinct] = weight;
    seen[slot] = ++distinct;
    squares += weight * weight;
  }
  return { distinct, scale: squares === 0 ? 0 : 1 / Math.sqrt(squares) };
}
