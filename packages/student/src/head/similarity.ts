import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject, JsonValue } from '@retort/kernel';
import { BLOCKS, CHARACTERS, featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import type { ReadContext } from '../features/context.ts';
import { extract, extractCharacters } from '../features/extract.ts';
import { hashTable } from '../features/hash-table.ts';
import { meaningReader, type Meaning } from '../features/meaning.ts';
import type { Structure } from '../features/structure.ts';
import type { Word } from '../features/words.ts';
import { identifierWords } from '../features/tokens.ts';
import { float32, int32, openArena } from '../kernels/arena.ts';

/** What tools say of themselves, as vectors of words and characters: feature `index` of `table` has the weight `idf[index]`,
 *  and the tools and weights `offsets[index]..offsets[index + 1]`. */
export interface ToolTexts {
  table: (hash: number) => number;
  /** ln((1 + tools) / (1 + tools that have it)) + 1: what all tools say tells none of them apart. */
  idf: Float64Array;
  offsets: Int32Array;
  toolOf: Int32Array;
  weights: Float64Array;
  tools: number;
  /** How near what a text means is to what each tool's own means, both of unit length: their cosines, overwritten by the
   *  next; absent where meaning is not read. */
  nearTo?: (meaning: Float32Array) => Float32Array;
}

const NO_STRUCTURE: Structure = new Map();

/** What a tool says of itself: its name, its description, and its parameters' names and descriptions. */
function toolText({ name, description, parameters }: ToolDefinition): string {
  const properties = parameters?.['properties'];
  const of = properties !== null && typeof properties === 'object' && !Array.isArray(properties) ? properties : {};
  const about = Object.entries(of as JsonObject).map(
    ([parameter, schema]) => `${identifierWords(parameter)} ${descriptionOf(schema)}`,
  );
  return [identifierWords(name), description ?? '', ...about].join(' . ');
}

function descriptionOf(schema: JsonValue): string {
  const about = schema !== null && typeof schema === 'object' && !Array.isArray(schema) ? schema['description'] : '';
  return typeof about === 'string' ? about : '';
}

export function readToolTexts(tools: readonly ToolDefinition[], meaning: Meaning | undefined): ToolTexts {
  const buffer = featureBuffer();
  const meanings: Float32Array[] = [];
  const postings = new Map<number, number[]>();
  tools.forEach((definition, tool) => {
    const { hashes, words } = ownText(definition, buffer);
    for (const hash of hashes) {
      const list = postings.get(hash);
      if (list) list.push(tool);
      else postings.set(hash, [tool]);
    }
    if (meaning) meanings.push(meaningReader(meaning.vectors).unitOf(words).slice());
  });
  const lists = [...postings.values()];
  const idf = Float64Array.from(lists, ({ length }) => inverseFrequency(tools.length, length));
  const squares = new Float64Array(tools.length);
  lists.forEach((list, index) => list.forEach((tool) => (squares[tool]! += idf[index]! ** 2)));
  const offsets = new Int32Array(lists.length + 1);
  lists.forEach((list, index) => (offsets[index + 1] = offsets[index]! + list.length));
  return {
    table: hashTable(Int32Array.from(postings.keys())),
    idf,
    offsets,
    toolOf: Int32Array.from(lists.flat()),
    weights: Float64Array.from(
      lists.flatMap((list, index) => list.map((tool) => idf[index]! / Math.sqrt(squares[tool]!))),
    ),
    tools: tools.length,
    ...(meanings.length > 0 && { nearTo: cosinesWith(meanings) }),
  };
}

interface OwnText {
  hashes: ReadonlySet<number>;
  words: readonly Word[];
}

/** Lists of tools differ in a tool or two; the others are the same objects in each. */
const ownTexts = new WeakMap<ToolDefinition, OwnText>();

function ownText(definition: ToolDefinition, buffer: FeatureBuffer): OwnText {
  const known = ownTexts.get(definition);
  if (known) return known;
  const hashes = readText(toolText(definition), buffer);
  const read = { hashes, words: buffer.words };
  ownTexts.set(definition, read);
  return read;
}

function inverseFrequency(tools: number, having: number): number {
  return Math.log((1 + tools) / (1 + having)) + 1;
}

/** How much of a conversation is compared with tools: what is said now, and the last turns before it. */
const TURNS = 2;

/** How near a conversation is to each tool's own text: the cosine of their words and characters (TF-IDF with the tools as
 *  documents), and half the cosine of what they mean. Words that training never saw count too: a new tool is mostly known
 *  by new words. */
export function similarityReader(
  meaning: Meaning | undefined,
): (texts: ToolTexts, said: Pick<ReadContext, 'text' | 'turns'>) => Float64Array {
  const meaningOf = meaning && meaningReader(meaning.vectors).unitOf;
  const buffer = featureBuffer();
  return (texts, { text, turns }) => {
    const said = [text, ...turns.slice(-TURNS).map(({ content }) => content)].join(' . ');
    const similar = cosines(texts, readText(said, buffer));
    if (!meaningOf || !texts.nearTo) return similar;
    const near = texts.nearTo(meaningOf(buffer.words));
    for (let tool = 0; tool < similar.length; tool++) similar[tool]! += MEANING_SHARE * near[tool]!;
    return similar;
  };
}

const MEANING_SHARE = 0.5;

function cosines(
  { table, idf, offsets, toolOf, weights, tools }: ToolTexts,
  hashes: ReadonlySet<number>,
): Float64Array {
  const result = new Float64Array(tools);
  const elsewhere = inverseFrequency(tools, 0);
  let squares = 0;
  for (const hash of hashes) {
    const found = table(hash);
    const weight = found < 0 ? elsewhere : idf[found]!;
    squares += weight * weight;
    if (found < 0) continue;
    for (let at = offsets[found]!; at < offsets[found + 1]!; at++) result[toolOf[at]!]! += weight * weights[at]!;
  }
  if (squares > 0) for (let tool = 0; tool < tools; tool++) result[tool]! /= Math.sqrt(squares);
  return result;
}

/** The distinct words and character n-grams of a text, hashed; the buffer keeps its words. */
function readText(text: string, buffer: FeatureBuffer): Set<number> {
  extract({ query: text }, NO_STRUCTURE, buffer);
  extractCharacters(buffer);
  const distinct = new Set<number>();
  for (let at = 0; at < buffer.ends[WORDS]!; at++) distinct.add(buffer.hashes[at]!);
  for (let at = buffer.ends[CHARACTERS - 1]!; at < buffer.length; at++) distinct.add(buffer.hashes[at]!);
  return distinct;
}

const WORDS = BLOCKS.indexOf('words');

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
