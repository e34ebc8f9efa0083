import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { extract } from '../features/extract.ts';
import { featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import { identifierWords } from '../features/tokens.ts';
import { featureOf, type Vocabulary } from '../features/vocabulary.ts';

/** The features of tools' own words, from feature hash to the tools that have it. */
export interface ToolTexts {
  postings: Map<number, { tool: number; weight: number }[]>;
  tools: number;
}

/** What a tool says of itself: its name, its description, and its parameters' names. */
export function toolText({ name, description, parameters }: ToolDefinition): string {
  const properties = (parameters?.['properties'] ?? {}) as JsonObject;
  const names = typeof properties === 'object' && !Array.isArray(properties) ? Object.keys(properties) : [];
  return [identifierWords(name), description ?? '', ...names.map(identifierWords)].join(' . ');
}

export function readToolTexts(tools: readonly ToolDefinition[], vocabulary: Vocabulary): ToolTexts {
  const buffer = featureBuffer();
  const postings: ToolTexts['postings'] = new Map();
  tools.forEach((definition, tool) => {
    extract({ query: toolText(definition) }, {}, buffer);
    const weights = textWeights(buffer, vocabulary);
    for (const [hash, weight] of weights) {
      const list = postings.get(hash);
      if (list) list.push({ tool, weight });
      else postings.set(hash, [{ tool, weight }]);
    }
  });
  return { postings, tools: tools.length };
}

/** Cosine between the text in the buffer and each tool's text. Words that training never saw count too:
 *  a new tool is mostly known by new words. */
export function toolCosines(texts: ToolTexts, buffer: FeatureBuffer, vocabulary: Vocabulary): Float64Array {
  const cosines = new Float64Array(texts.tools);
  for (const [hash, weight] of textWeights(buffer, vocabulary))
    for (const posting of texts.postings.get(hash) ?? []) cosines[posting.tool]! += weight * posting.weight;
  return cosines;
}

/** idf weights of the distinct words and character n-grams in the buffer, scaled to unit length. */
function textWeights(buffer: FeatureBuffer, vocabulary: Vocabulary): Map<number, number> {
  const weights = new Map<number, number>();
  let squares = 0;
  for (let position = 0; position < buffer.ends[1]!; position++) {
    const hash = buffer.hashes[position]!;
    if (weights.has(hash)) continue;
    const feature = featureOf(vocabulary, hash);
    const weight = feature < 0 ? vocabulary.unseenIdf : vocabulary.idf[feature]!;
    weights.set(hash, weight);
    squares += weight * weight;
  }
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (const [hash, weight] of weights) weights.set(hash, weight * scale);
  return weights;
}
