import type { JsonObject } from '@retort/kernel';
import { CHARACTERS, featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import { extract } from '../features/extract.ts';
import { inverseLength } from '../features/meaning.ts';
import { enterBlock, featureTable, knownShare, vectorizer, vectorPlaces } from '../features/vectors.ts';
import { float32, int32, offsetsOf, openArena } from '../kernels/arena.ts';
import { rowAdder, rowPlaces } from './packed-rows.ts';
import { wordAdder, wordPlaces } from './word-sums.ts';
import { softmaxInPlace } from './softmax.ts';
import { similarityReader, type ToolTexts } from './similarity.ts';
import type { OfferedTools } from './toolset.ts';
import type { ToolHead } from './model.ts';

export interface ToolChoice {
  /** Index among the candidates; -1 when there is none. */
  best: number;
  probability: number;
  /** The share of the request's weight that the vocabulary knows. */
  known: number;
}

/** Reads contexts for one head, with its own scratch memory. */
export interface ToolScorer {
  /** The head's logits of the candidates for a context; -Infinity for an unseen one. */
  logits(context: JsonObject, offered: OfferedTools): Float64Array;
  choose(context: JsonObject, offered: OfferedTools): ToolChoice;
}

export function toolScorer(head: ToolHead): ToolScorer {
  const buffer = featureBuffer();
  const score = classScorer(head);
  const similarTo = similarityReader(head.space);

  const read = (context: JsonObject) => {
    extract(context, head.space.structure, buffer);
    return score(buffer);
  };

  const pick = (scores: Float32Array, { classes }: OfferedTools, into: Float64Array) => {
    for (let index = 0; index < into.length; index++)
      into[index] = classes[index]! < 0 ? -Infinity : scores[classes[index]!]!;
    return into;
  };
  let probabilities = new Float64Array(0);

  const similarities = ({ candidates }: OfferedTools, texts: ToolTexts) => {
    const similar = new Float64Array(candidates.length).fill(-Infinity);
    similar.set(similarTo(texts, buffer));
    return softmaxInPlace(similar, head.similarityTemperature);
  };

  return {
    logits: (context, offered) => pick(read(context).scores, offered, new Float64Array(offered.classes.length)),
    choose(context, offered) {
      const { scores, known } = read(context);
      const count = offered.classes.length;
      if (probabilities.length !== count) probabilities = new Float64Array(count);
      softmaxInPlace(pick(scores, offered, probabilities), head.temperature);
      if (offered.texts) mixByEvidence(probabilities, offered, similarities(offered, offered.texts));
      let best = -1;
      for (let index = 0; index < count; index++)
        if (best < 0 || probabilities[index]! > probabilities[best]!) best = index;
      return { best, probability: best < 0 ? 0 : probabilities[best]!, known };
    },
  };
}

/** The head's score of every class for the text in a buffer: linear + output · relu(embedding), and the share of the text's
 *  weight that the vocabulary knows. The scores are overwritten by the next. */
function classScorer(head: ToolHead): (buffer: FeatureBuffer) => { scores: Float32Array; known: number } {
  const { space, linear, embedding, output } = head;
  const { blockWeights, meaning } = space;
  const table = featureTable(space);
  const columns = linear.columns;
  const hidden = embedding.columns;
  const both = columns + hidden;
  const dimensions = meaning?.vectors.dimensions ?? 0;
  const arena = openArena({
    ...vectorPlaces({ ...space, table }),
    ...rowPlaces(head),
    ...wordPlaces(head),
    output: float32(output.length),
    // What the features say, what the words' characters do and what their meaning does, which they mean together.
    parts: float32(3 * both + dimensions),
    partBases: int32(3),
    partWeights: float32(3),
    sums: float32(both),
    activeBases: int32(hidden + 1),
    activities: float32(hidden + 1),
    scores: float32(columns),
  });
  const { kernels, arrays } = arena;
  const { parts, partBases, partWeights, sums, activeBases, activities, scores } = arrays;
  const { weigh, spell } = vectorizer({ ...space, table }, arena);
  const addRows = rowAdder(head, arena);
  const addWords = wordAdder(head, arena, { spell, addRows });
  arrays.output.set(output);
  partBases.set([0, both, 2 * both]);
  partWeights[0] = 1;
  const at = offsetsOf(arrays);
  const together = parts.subarray(3 * both);
  const bias = linear.scales.length - 1;
  const read = { scores, known: 0 };
  return (buffer) => {
    const words = addWords(buffer.words, at.parts + 4 * both);
    const vector = weigh(buffer, CHARACTERS);
    const entries = Math.min(vector.length, MAXIMUM_FEATURES);
    vector.features[entries] = bias;
    vector.values[entries] = 1;
    addRows(entries + 1, at.parts);
    partWeights[1] = enterBlock(vector, blockWeights[CHARACTERS]!, words.known, words.all);
    if (meaning) partWeights[2] = meaning.weight * inverseLength(together);
    kernels.product(at.parts, at.partBases, at.partWeights, meaning ? 3 : 2, both, at.sums);
    let active = 0;
    for (let unit = 0; unit < hidden; unit++) {
      const activity = sums[columns + unit]!;
      if (activity <= 0) continue;
      activeBases[active] = unit * columns;
      activities[active++] = activity;
    }
    activeBases[active] = hidden * columns;
    activities[active] = 1;
    kernels.product(at.output, at.activeBases, at.activities, active + 1, columns, at.scores);
    for (let column = 0; column < columns; column++) scores[column]! += sums[column]!;
    read.known = knownShare(vector);
    return read;
  };
}

/** Of a request with more features than this the first are read: it bounds the work, and no real one has as many. */
const MAXIMUM_FEATURES = 16_384;

function mixByEvidence(probabilities: Float64Array, { evidence }: OfferedTools, similar: Float64Array): void {
  let sum = 0;
  for (let index = 0; index < probabilities.length; index++) {
    const weight = evidence[index]!;
    probabilities[index] = weight * probabilities[index]! + (1 - weight) * similar[index]!;
    sum += probabilities[index]!;
  }
  if (sum > 0) for (let index = 0; index < probabilities.length; index++) probabilities[index]! /= sum;
}
