import type { JsonObject } from '@retort/kernel';
import { featureBuffer, type FeatureBuffer } from '../features/buffer.ts';
import { extract } from '../features/extract.ts';
import { vectorize, vectorizer, type SparseVector } from '../features/vectors.ts';
import { outputScores } from './network.ts';
import type { QuantizedMatrix } from './quantize.ts';
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
  const into = vectorizer(head.space.vocabulary, head.space.blockWeights);
  const scores = new Float64Array(head.classes.length);
  const linearScores = new Float64Array(head.classes.length);
  const units = new Float64Array(head.embedding.columns);

  const read = (context: JsonObject) => {
    extract(context, head.space.buckets, buffer);
    return { vector: vectorize(into, buffer), buffer };
  };

  const logits = (offered: OfferedTools) => {
    const { classes } = offered;
    if (classes.length * 3 < linearScores.length) productColumns(head.linear, into.vector, classes, linearScores);
    else product(head.linear, into.vector, linearScores);
    product(head.embedding, into.vector, units);
    outputScores(head, { units, classes }, scores);
    const result = new Float64Array(classes.length);
    for (let index = 0; index < result.length; index++)
      result[index] = classes[index]! < 0 ? -Infinity : scores[classes[index]!]! + linearScores[classes[index]!]!;
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

/** bias + matrixᵀ · vector, into `result`. */
function product({ bytes, scales, columns }: QuantizedMatrix, vector: SparseVector, result: Float64Array): void {
  const { features, values, length } = vector;
  const bias = scales.length - 1;
  for (let column = 0; column < columns; column++) result[column] = scales[bias]! * bytes[bias * columns + column]!;
  for (let entry = 0; entry < length; entry++) {
    const feature = features[entry]!;
    const scale = values[entry]! * scales[feature]!;
    const base = feature * columns;
    for (let column = 0; column < columns; column++) result[column]! += scale * bytes[base + column]!;
  }
}

/** The same for the named columns only; -1 names none. */
function productColumns(
  { bytes, scales, columns }: QuantizedMatrix,
  { features, values, length }: SparseVector,
  named: Int32Array,
  result: Float64Array,
): void {
  const bias = scales.length - 1;
  for (let index = 0; index < named.length; index++) {
    const column = named[index]!;
    if (column < 0) continue;
    let sum = scales[bias]! * bytes[bias * columns + column]!;
    for (let entry = 0; entry < length; entry++) {
      const feature = features[entry]!;
      sum += values[entry]! * scales[feature]! * bytes[feature * columns + column]!;
    }
    result[column] = sum;
  }
}

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
