import type { JsonValue } from '@retort/kernel';
import { bucketTable } from '../../features/hash-table.ts';
import { softmaxInPlace } from '../../softmax.ts';
import { float64, int32, openArena } from '../../kernels/arena.ts';
import type { CandidateSink } from './candidates.ts';
import type { ChoiceModel } from './training.ts';
import { maximumTokens } from '../values/tokens.ts';

/** Features that wait to be looked up together. */
const MOST_PENDING = 4096;
/** More than the sources, patterns and spans of any request propose. */
const MOST_CANDIDATES = 16_384;

/** Scores candidates with a trained choice, its tables and its scratch memory side by side. */
export interface Chooser {
  /** The probability of each candidate that `fill` proposes. Values and probabilities are overwritten by the next call. */
  weigh(fill: (sink: CandidateSink) => void): { values: readonly JsonValue[]; probabilities: Float64Array };
}

export function compileChoice({ keys, weights }: ChoiceModel): Chooser {
  const table = bucketTable(keys, weights);
  const { kernels, arrays } = openArena({
    table: int32(table.numbers.length),
    words: int32(maximumTokens),
    hashes: int32(MOST_PENDING),
    candidates: int32(MOST_PENDING),
    strengths: float64(MOST_PENDING),
    scores: float64(MOST_CANDIDATES),
  });
  arrays.table.set(table.numbers);
  const { hashes, candidates, strengths, scores } = arrays;
  const model = [arrays.table.byteOffset, table.buckets - 1] as const;
  let pending = 0;
  let read: readonly number[] | undefined;
  const vote = () => {
    kernels.vote(...model, hashes.byteOffset, candidates.byteOffset, strengths.byteOffset, pending, scores.byteOffset);
    pending = 0;
  };
  const sink: CandidateSink = {
    values: [],
    feature(candidate, hash, strength) {
      hashes[pending] = hash;
      candidates[pending] = candidate;
      strengths[pending++] = strength;
      if (pending === MOST_PENDING) vote();
    },
    sentence(candidate, { word, pair, words, limit, strength }) {
      if (read !== words) {
        for (let at = 0; at < limit; at++) arrays.words[at] = words[at]!;
        read = words;
      }
      vote();
      kernels.sentence(
        ...model,
        word,
        pair,
        arrays.words.byteOffset,
        limit,
        strength,
        scores.byteOffset + 8 * candidate,
      );
    },
  };
  return {
    weigh(fill) {
      sink.values.length = 0;
      sink.values.push(null, null);
      fill(sink);
      vote();
      const probabilities = softmaxInPlace(scores.slice(0, sink.values.length), 1);
      scores.fill(0, 0, sink.values.length);
      return { values: sink.values, probabilities };
    },
  };
}
