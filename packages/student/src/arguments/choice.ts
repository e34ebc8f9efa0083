import type { JsonValue, Random } from '@retort/kernel';
import { sameValue } from './alignment.ts';
import { omitted, unknown, type CandidateSink } from './candidates.ts';
import { mix } from './tokens.ts';

/** Weights of a conditional log-linear choice between candidates (McFadden 1974). */
export interface ChoiceModel {
  keys: Int32Array;
  weights: Float32Array;
}

/** The candidates of one parameter in one decision, and which of them is the teacher's. */
export interface ChoiceExample {
  values: JsonValue[];
  /** Feature indices of all candidates; `offsets[c]..offsets[c + 1]` are those of candidate c. */
  features: Int32Array;
  strengths: Float32Array;
  offsets: Int32Array;
  answer: number;
  weight: number;
}

/** Collects examples, giving every feature an index. */
export function choiceRecorder() {
  const indexOf = new Map<number, number>();
  return {
    keys: () => Int32Array.from(indexOf.keys()),
    record(fill: (sink: CandidateSink) => void, truth: JsonValue | undefined, weight: number): ChoiceExample {
      const lists: number[][] = [[], []];
      const strengths: number[][] = [[], []];
      const values: JsonValue[] = [null, null];
      const feature: CandidateSink['feature'] = (candidate, hash, strength) => {
        let index = indexOf.get(hash);
        if (index === undefined) {
          index = indexOf.size;
          indexOf.set(hash, index);
        }
        (lists[candidate] ??= []).push(index);
        (strengths[candidate] ??= []).push(strength);
      };
      fill({
        values,
        feature,
        sentence(candidate, { word, pair, words, limit, strength }) {
          for (let at = 0; at < limit; at++) {
            feature(candidate, mix(word, words[at]!), strength);
            if (at > 0) feature(candidate, mix(mix(pair, words[at - 1]!), words[at]!), strength);
          }
        },
      });
      const offsets = new Int32Array(values.length + 1);
      values.forEach(
        (_, candidate) => (offsets[candidate + 1] = offsets[candidate]! + (lists[candidate]?.length ?? 0)),
      );
      const features = Int32Array.from(values.flatMap((_, candidate) => lists[candidate] ?? []));
      const found = truth === undefined ? omitted : values.findIndex((value, at) => at >= 2 && sameValue(value, truth));
      const all = Float32Array.from(values.flatMap((_, candidate) => strengths[candidate] ?? []));
      return { values, features, strengths: all, offsets, answer: found < 0 ? unknown : found, weight };
    },
  };
}

/** Adagrad (Duchi et al. 2011) on the negative log-likelihood of the teacher's candidate. */
export function trainChoice(
  examples: readonly ChoiceExample[],
  options: { members: readonly number[]; features: number; epochs: number; random: Random },
): Float64Array {
  const weights = new Float64Array(options.features);
  const squares = new Float64Array(options.features);
  const rate = 0.15;
  const shrink = 1e-5;
  for (let epoch = 0; epoch < options.epochs; epoch++)
    for (const member of options.random.shuffle(options.members)) {
      const example = examples[member]!;
      const probabilities = chances(example, weights);
      for (let candidate = 0; candidate < probabilities.length; candidate++) {
        const gradient = ((candidate === example.answer ? 1 : 0) - probabilities[candidate]!) * example.weight;
        if (Math.abs(gradient) < 1e-3) continue;
        for (let at = example.offsets[candidate]!; at < example.offsets[candidate + 1]!; at++) {
          const feature = example.features[at]!;
          const slope = gradient * example.strengths[at]! - shrink * weights[feature]!;
          squares[feature]! += slope * slope;
          weights[feature]! += (rate * slope) / Math.sqrt(squares[feature]! + 1e-3);
        }
      }
    }
  return weights;
}

/** Softmax over the candidates of an example. */
export function chances(example: ChoiceExample, weights: Float64Array): Float64Array {
  const scores = new Float64Array(example.values.length);
  for (let candidate = 0; candidate < scores.length; candidate++)
    for (let at = example.offsets[candidate]!; at < example.offsets[candidate + 1]!; at++)
      scores[candidate]! += weights[example.features[at]!]! * example.strengths[at]!;
  return softmax(scores);
}

export function softmax(scores: Float64Array): Float64Array {
  let highest = -Infinity;
  for (const score of scores) if (score > highest) highest = score;
  let sum = 0;
  for (let index = 0; index < scores.length; index++) sum += scores[index] = Math.exp(scores[index]! - highest);
  for (let index = 0; index < scores.length; index++) scores[index]! /= sum;
  return scores;
}
