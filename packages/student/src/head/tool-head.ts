import type { JsonObject } from '@retort/kernel';
import { featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import { extract } from '../features/extract.ts';
import { vectorizer, type SparseVector } from '../features/vectors.ts';
import { float32, int32, int8, openRoom } from '../kernels/room.ts';
import { toolCosines } from './similarity.ts';
import type { OfferedTools } from './toolset.ts';
import type { ToolHead } from './model.ts';

export interface ToolChoice {
  /** Index among the candidates; -1 when there is none. */
  best: number;
  probability: number;
  runnerUp: number;
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
  const { weigh } = vectorizer(head.space.vocabulary, head.space.blockWeights);
  const score = classScorer(head);
  let vector: SparseVector | undefined;

  const read = (context: JsonObject) => {
    extract(context, head.space.structure, buffer);
    vector = weigh(buffer);
    return { vector, buffer };
  };

  const logits = ({ classes }: OfferedTools) => {
    const scores = score(vector!);
    const result = new Float64Array(classes.length);
    for (let index = 0; index < result.length; index++)
      result[index] = classes[index]! < 0 ? -Infinity : scores[classes[index]!]!;
    return result;
  };

  return {
    read,
    logits,
    choose(context, offered) {
      const { vector } = read(context);
      const probabilities = softmax(logits(offered), head.temperature);
      if (offered.texts) mixByEvidence(probabilities, offered, similarities(head, offered, buffer));
      let best = -1;
      let runnerUp = 0;
      for (let index = 0; index < probabilities.length; index++) {
        if (best < 0 || probabilities[index]! > probabilities[best]!) {
          runnerUp = best < 0 ? 0 : probabilities[best]!;
          best = index;
        } else if (probabilities[index]! > runnerUp) runnerUp = probabilities[index]!;
      }
      return { best, probability: best < 0 ? 0 : probabilities[best]!, runnerUp, known: vector.known };
    },
  };
}

/** The head's score of every class for a vector: linear + output · relu(embedding). The answer is overwritten by the next. */
function classScorer({ linear, embedding, output }: ToolHead): (vector: SparseVector) => Float32Array {
  const columns = linear.columns;
  const hidden = embedding.columns;
  const bias = linear.scales.length - 1;
  const longest = Math.min(bias, MAXIMUM_FEATURES) + 1;
  const { kernels, arrays } = openRoom({
    linear: int8(linear.bytes.length),
    linearScales: float32(linear.scales.length),
    embedding: int8(embedding.bytes.length),
    embeddingScales: float32(embedding.scales.length),
    output: float32(output.length),
    rows: int32(longest),
    values: float32(longest),
    units: float32(hidden),
    activeBases: int32(hidden + 1),
    activities: float32(hidden + 1),
    linearScores: float32(columns),
    scores: float32(columns),
  });
  arrays.linear.set(linear.bytes);
  arrays.linearScales.set(linear.scales);
  arrays.embedding.set(embedding.bytes);
  arrays.embeddingScales.set(embedding.scales);
  arrays.output.set(output);
  const { rows, values, units, activeBases, activities, linearScores, scores } = arrays;
  const [at, by] = [rows.byteOffset, values.byteOffset];
  const linearAt = [arrays.linear.byteOffset, arrays.linearScales.byteOffset] as const;
  const embeddingAt = [arrays.embedding.byteOffset, arrays.embeddingScales.byteOffset] as const;
  return (vector) => {
    const known = Math.min(vector.length, longest - 1);
    for (let entry = 0; entry < known; entry++) {
      rows[entry] = vector.features[entry]!;
      values[entry] = vector.values[entry]!;
    }
    rows[known] = bias;
    values[known] = 1;
    kernels.productOfBytes(...linearAt, at, by, known + 1, columns, linearScores.byteOffset);
    kernels.productOfBytes(...embeddingAt, at, by, known + 1, hidden, units.byteOffset);
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

/** Of a request with more features than this the first are read: it bounds the work, and no real one has as many. */
const MAXIMUM_FEATURES = 16_384;

/** Softmax over what is finite; all zero when nothing is. */
export function softmax(logits: Float64Array, temperature: number): Float64Array {
  let maximum = -Infinity;
  for (let index = 0; index < logits.length; index++) if (logits[index]! > maximum) maximum = logits[index]!;
  const probabilities = new Float64Array(logits.length);
  if (maximum === -Infinity) return probabilities;
  let sum = 0;
  for (let index = 0; index < logits.length; index++)
    sum += probabilities[index] = Math.exp((logits[index]! - maximum) / temperature);
  for (let index = 0; index < logits.length; index++) probabilities[index]! /= sum;
  return probabilities;
}

function similarities(head: ToolHead, { texts, candidates }: OfferedTools, buffer: FeatureBuffer): Float64Array {
  const cosines = new Float64Array(candidates.length).fill(-Infinity);
  cosines.set(toolCosines(texts!, buffer, head.space.vocabulary));
  return softmax(cosines, head.similarityTemperature);
}

function mixByEvidence(probabilities: Float64Array, { evidence }: OfferedTools, similar: Float64Array): void {
  let sum = 0;
  for (let index = 0; index < probabilities.length; index++) {
    const weight = evidence[index]!;
    probabilities[index] = weight * probabilities[index]! + (1 - weight) * similar[index]!;
    sum += probabilities[index]!;
  }
  if (sum > 0) for (let index = 0; index < probabilities.length; index++) probabilities[index]! /= sum;
}
