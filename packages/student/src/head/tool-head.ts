import type { JsonObject } from '@retort/kernel';
import { featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import { extract } from '../features/extract.ts';
import { vectorizer, type SparseVector } from '../features/vectors.ts';
import { float32, int32, int8, openRoom } from '../kernels/room.ts';
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
  read(context: JsonObject): { vector: SparseVector; buffer: FeatureBuffer };
  /** The head's logits of the candidates for what was read last; -Infinity for an unseen one. */
  logits(offered: OfferedTools): Float64Array;
  choose(context: JsonObject, offered: OfferedTools): ToolChoice;
}

export function toolScorer(head: ToolHead): ToolScorer {
  const buffer = featureBuffer();
  const { weigh } = vectorizer(head.space);
  const score = classScorer(head);
  const similarTo = similarityReader(head.space);
  let vector: SparseVector | undefined;

  const read = (context: JsonObject) => {
    extract(context, head.space.structure, buffer);
    vector = weigh(buffer);
    return { vector, buffer };
  };

  const logitsInto = ({ classes }: OfferedTools, into: Float64Array) => {
    const scores = score(vector!);
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
    read,
    logits: (offered) => logitsInto(offered, new Float64Array(offered.classes.length)),
    choose(context, offered) {
      const { known } = read(context).vector;
      const count = offered.classes.length;
      if (probabilities.length !== count) probabilities = new Float64Array(count);
      softmaxInPlace(logitsInto(offered, probabilities), head.temperature);
      if (offered.texts) mixByEvidence(probabilities, offered, similarities(offered, offered.texts));
      let best = -1;
      for (let index = 0; index < count; index++)
        if (best < 0 || probabilities[index]! > probabilities[best]!) best = index;
      return { best, probability: best < 0 ? 0 : probabilities[best]!, known };
    },
  };
}

/** The head's score of every class for a vector: linear + output · relu(embedding). The answer is overwritten by the next. */
function classScorer({ linear, embedding, output }: ToolHead): (vector: SparseVector) => Float32Array {
  const columns = linear.columns;
  const hidden = embedding.columns;
  const bias = linear.scales.length - 1;
  const longest = Math.min(bias, MAXIMUM_FEATURES) + 1;
  const stride = rowBytes(columns + hidden);
  const { kernels, arrays } = openRoom({
    packed: int8(stride * linear.scales.length),
    output: float32(output.length),
    rows: int32(longest),
    values: float32(longest),
    units: float32(hidden),
    activeBases: int32(hidden + 1),
    activities: float32(hidden + 1),
    linearScores: float32(columns),
    scores: float32(columns),
  });
  packRows({ linear, embedding }, arrays.packed, stride);
  arrays.output.set(output);
  const { rows, values, units, activeBases, activities, linearScores, scores } = arrays;
  const scalesAt = arrays.packed.byteOffset + columns + hidden;
  const linearAt = [arrays.packed.byteOffset, scalesAt, stride, rows.byteOffset, values.byteOffset] as const;
  const embeddingAt = [linearAt[0] + columns, scalesAt + 4, stride, rows.byteOffset, values.byteOffset] as const;
  return (vector) => {
    const known = Math.min(vector.length, longest - 1);
    for (let entry = 0; entry < known; entry++) {
      rows[entry] = vector.features[entry]!;
      values[entry] = vector.values[entry]!;
    }
    rows[known] = bias;
    values[known] = 1;
    kernels.productOfBytes(...linearAt, known + 1, columns, linearScores.byteOffset);
    kernels.productOfBytes(...embeddingAt, known + 1, hidden, units.byteOffset);
    let active = 0;
    for (let unit = 0; unit < hidden; unit++) {
      if (units[unit]! <= 0) continue;
      activeBases[active] = unit * columns;
      activities[active++] = units[unit]!;
    }
    activeBases[active] = hidden * columns;
    activities[active] = 1;
    kernels.product(
      arrays.output.byteOffset,
      activeBases.byteOffset,
      activities.byteOffset,
      active + 1,
      columns,
      scores.byteOffset,
    );
    for (let column = 0; column < columns; column++) scores[column]! += linearScores[column]!;
    return scores;
  };
}

const CACHE_LINE = 64;

/** A row's bytes and both its scales, in whole cache lines: what one feature weighs is fetched at once. */
function rowBytes(columns: number): number {
  return Math.ceil((columns + 8) / CACHE_LINE) * CACHE_LINE;
}

function packRows(
  { linear, embedding }: Pick<ToolHead, 'linear' | 'embedding'>,
  into: Int8Array,
  stride: number,
): void {
  const wordsOf = ({ buffer, byteOffset, length }: Int8Array) => new Int32Array(buffer, byteOffset, length / 4);
  const packed = wordsOf(into);
  const scales = new Float32Array(into.buffer, into.byteOffset, into.length / 4);
  const linearWords = wordsOf(linear.bytes);
  const embeddingWords = wordsOf(embedding.bytes);
  const columns = linear.columns / 4;
  const hidden = embedding.columns / 4;
  let to = 0;
  for (let row = 0; row < linear.scales.length; row++, to += stride / 4) {
    for (let word = 0; word < columns; word++) packed[to + word] = linearWords[row * columns + word]!;
    for (let word = 0; word < hidden; word++) packed[to + columns + word] = embeddingWords[row * hidden + word]!;
    scales[to + columns + hidden] = linear.scales[row]!;
    scales[to + columns + hidden + 1] = embedding.scales[row]!;
  }
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
