import type { JsonValue, Random } from '@retort/kernel';
import { float32, float64, frameOf, int32, offsetsOf, openArena, writeFrame } from '../../kernels/arena.ts';
import { sameValue } from '../values/alignment.ts';
import { omitted, unknown, type CandidateSink } from './candidates.ts';
import { mix } from '../values/tokens.ts';

/** Weights of a conditional log-linear choice between candidates (McFadden 1974). */
export interface ChoiceModel {
  keys: Int32Array;
  weights: Float32Array;
}

/** Numbers one after another, in as much memory as they need. */
function growing<Numbers extends Int32Array | Float32Array>(make: (length: number) => Numbers) {
  let numbers = make(1024);
  let length = 0;
  return {
    push(value: number): void {
      if (length === numbers.length) {
        const larger = make(length + (length >> 1));
        larger.set(numbers);
        numbers = larger;
      }
      numbers[length++] = value;
    },
    all: (): Numbers => numbers.subarray(0, length) as Numbers,
  };
}

/** Collects examples, each the candidates of one parameter in one decision and which of them is the teacher's, giving every
 *  feature an index. */
export function choiceRecorder() {
  const indexOf = new Map<number, number>();
  const features = growing((length) => new Int32Array(length));
  const strengths = growing((length) => new Float32Array(length));
  // Where the features of each candidate begin, and the candidates of each example.
  const starts = growing((length) => new Int32Array(length));
  const firsts = growing((length) => new Int32Array(length));
  const answers: number[] = [];
  const weights: number[] = [];
  const own: { indices: number[]; strengths: number[] }[] = [];
  let total = 0;
  let candidates = 0;
  const values: JsonValue[] = [];
  const feature: CandidateSink['feature'] = (candidate, hash, strength) => {
    let index = indexOf.get(hash);
    if (index === undefined) {
      index = indexOf.size;
      indexOf.set(hash, index);
    }
    const list = (own[candidate] ??= { indices: [], strengths: [] });
    list.indices.push(index);
    list.strengths.push(strength);
  };
  const sink: CandidateSink = {
    values,
    feature,
    sentence(candidate, { word, pair, words, limit, strength }) {
      for (let at = 0; at < limit; at++) {
        feature(candidate, mix(word, words[at]!), strength);
        if (at > 0) feature(candidate, mix(mix(pair, words[at - 1]!), words[at]!), strength);
      }
    },
  };
  return {
    /** Returns the number of the example and its answer. */
    record(fill: (sink: CandidateSink) => void, truth: JsonValue | undefined, weight: number): ChoiceExample {
      values.length = 0;
      values.push(null, null);
      fill(sink);
      firsts.push(candidates);
      for (let candidate = 0; candidate < values.length; candidate++) {
        starts.push(total);
        const list = own[candidate];
        if (!list) continue;
        for (let at = 0; at < list.indices.length; at++) {
          features.push(list.indices[at]!);
          strengths.push(list.strengths[at]!);
        }
        total += list.indices.length;
        list.indices.length = 0;
        list.strengths.length = 0;
      }
      candidates += values.length;
      const found = truth === undefined ? omitted : values.findIndex((value, at) => at >= 2 && sameValue(value, truth));
      const answer = found < 0 ? unknown : found;
      answers.push(answer);
      weights.push(weight);
      return { index: answers.length - 1, answer };
    },
    finish(): ChoiceExamples {
      starts.push(total);
      firsts.push(candidates);
      const lists = {
        features: features.all(),
        strengths: strengths.all(),
        starts: starts.all(),
        firsts: firsts.all(),
      };
      return { keys: Int32Array.from(indexOf.keys()), ...lists, answers, weights };
    },
  };
}

export interface ChoiceExample {
  index: number;
  answer: number;
}

export interface ChoiceExamples {
  keys: Int32Array;
  features: Int32Array;
  strengths: Float32Array;
  starts: Int32Array;
  firsts: Int32Array;
  answers: readonly number[];
  weights: readonly number[];
}

/** Trains choices on some of the examples at a time: AdaGrad on the negative log-likelihood of the teacher's candidate. */
export function choiceTrainer(examples: ChoiceExamples) {
  const { keys, starts, firsts, answers, weights: importance } = examples;
  let most = 2;
  for (let index = 0; index < answers.length; index++) most = Math.max(most, firsts[index + 1]! - firsts[index]!);
  const { kernels, arrays } = openArena({
    features: int32(examples.features.length),
    strengths: float32(examples.strengths.length),
    starts: int32(starts.length),
    states: float64(2 * keys.length),
    chances: float64(most),
    frame: frameOf('choose'),
  });
  arrays.features.set(examples.features);
  arrays.strengths.set(examples.strengths);
  arrays.starts.set(starts);
  writeFrame('choose', arrays.frame, offsetsOf(arrays));
  const lists = [arrays.features.byteOffset, arrays.strengths.byteOffset] as const;
  const [states, chances] = [arrays.states.byteOffset, arrays.chances.byteOffset];
  const startsOf = (index: number) => arrays.starts.byteOffset + 4 * firsts[index]!;
  const countOf = (index: number) => firsts[index + 1]! - firsts[index]!;
  return {
    /** The weight of every feature. */
    train({ members, epochs, random }: { members: readonly number[]; epochs: number; random: Random }): Float64Array {
      arrays.states.fill(0);
      for (let epoch = 0; epoch < epochs; epoch++)
        for (const index of random.shuffle(members)) {
          const [from, count] = [startsOf(index), countOf(index)];
          kernels.chances(...lists, from, count, states, chances);
          kernels.choose(arrays.frame.byteOffset, from, count, answers[index]!, importance[index]!);
        }
      return Float64Array.from(keys, (_, feature) => arrays.states[2 * feature]!);
    },
    /** The likeliest candidate of an example, by what was trained last. */
    likeliest(index: number): number {
      const count = countOf(index);
      kernels.chances(...lists, startsOf(index), count, states, chances);
      let best = 0;
      for (let candidate = 1; candidate < count; candidate++)
        if (arrays.chances[candidate]! > arrays.chances[best]!) best = candidate;
      return best;
    },
  };
}
