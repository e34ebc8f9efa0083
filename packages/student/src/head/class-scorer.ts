import { CHARACTERS, type FeatureBuffer } from '../features/buffer.ts';
import { inverseLength } from '../features/meaning.ts';
import { enterBlock, featureTable, knownShare, vectorizer, vectorPlaces } from '../features/vectors.ts';
import { float32, int32, offsetsOf, openArena } from '../kernels/arena.ts';
import type { ToolHead } from './model.ts';
import { rowAdder, rowPlaces } from './packed-rows.ts';
import { nearnessReader, prototypePlaces, type Nearness } from './prototypes.ts';
import { wordAdder, wordPlaces } from './word-sums.ts';

/** What a head makes of one text; overwritten by the next. */
export interface ClassScores {
  /** Logit of every class: linear + output · relu(embedding). */
  scores: Float32Array;
  /** The share of the text's weight that the vocabulary knows. */
  known: number;
}

export interface ClassScorer {
  read(buffer: FeatureBuffer): ClassScores;
  /** Of the text just read: by how much a class beats another in the eyes of the head's member that is least for it. */
  leastMargin(winner: number, loser: number): number;
  /** Of the text just read, and one class. */
  nearness(classIndex: number): Nearness;
  /** The hidden layer of the text just read, at unit length. */
  hidden(): Float32Array;
}

export function classScorer(head: ToolHead): ClassScorer {
  const { space, linear, embedding, output, networks, prototypes } = head;
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
    ...prototypePlaces({ ...prototypes, columns: hidden }),
    output: float32(output.length),
    // What the features say, what the words' characters do and what their meaning does, which they mean together.
    parts: float32(3 * both + dimensions),
    partBases: int32(3),
    partWeights: float32(3),
    sums: float32(both),
    activeBases: int32(hidden),
    activities: float32(hidden),
    members: float32(networks * columns),
    scores: float32(columns),
  });
  const { kernels, arrays } = arena;
  const { parts, partBases, partWeights, sums, activeBases, activities, members, scores, unit } = arrays;
  const { weigh, spell } = vectorizer({ ...space, table }, arena);
  const addRows = rowAdder(head, arena);
  const addWords = wordAdder(head, arena, { spell, addRows });
  const nearness = nearnessReader({ ...prototypes, columns: hidden }, arena);
  arrays.output.set(output);
  partBases.set([0, both, 2 * both]);
  partWeights[0] = 1;
  const at = offsetsOf(arrays);
  const together = parts.subarray(3 * both);
  const bias = linear.scales.length - 1;
  const outputBias = output.subarray(hidden * columns);
  const perNetwork = hidden / networks;
  const result = { scores, known: 0 };

  /** What each network adds, into its own row of `members`. */
  const runNetworks = () => {
    for (let network = 0; network < networks; network++) {
      let active = 0;
      for (let place = network * perNetwork; place < (network + 1) * perNetwork; place++) {
        const activity = sums[columns + place]!;
        if (activity <= 0) continue;
        activeBases[active] = place * columns;
        activities[active++] = activity;
      }
      const to = at.members + 4 * network * columns;
      kernels.product(at.output, at.activeBases, at.activities, active, columns, to);
    }
  };

  const hiddenUnit = () => {
    let squares = 0;
    for (let place = 0; place < hidden; place++) {
      const activity = Math.max(0, sums[columns + place]!);
      unit[place] = activity;
      squares += activity * activity;
    }
    const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let place = 0; place < hidden; place++) unit[place]! *= scale;
    return unit;
  };

  return {
    read(buffer) {
      const words = addWords(buffer.words, at.parts + 4 * both);
      const vector = weigh(buffer, CHARACTERS);
      const entries = Math.min(vector.length, MAXIMUM_FEATURES);
      vector.features[entries] = bias;
      vector.values[entries] = 1;
      addRows(entries + 1, at.parts);
      partWeights[1] = enterBlock(vector, blockWeights[CHARACTERS]!, words.known, words.all);
      if (meaning) partWeights[2] = meaning.weight * inverseLength(together);
      kernels.product(at.parts, at.partBases, at.partWeights, meaning ? 3 : 2, both, at.sums);
      runNetworks();
      for (let column = 0; column < columns; column++) {
        let score = sums[column]! + outputBias[column]!;
        for (let network = 0; network < networks; network++) score += members[network * columns + column]!;
        scores[column] = score;
      }
      result.known = knownShare(vector);
      return result;
    },
    leastMargin(winner, loser) {
      let least = sums[winner]! - sums[loser]!;
      for (let network = 0; network < networks; network++) {
        const row = network * columns;
        const margin =
          networks * (members[row + winner]! - members[row + loser]!) + outputBias[winner]! - outputBias[loser]!;
        if (margin < least) least = margin;
      }
      return least;
    },
    nearness(classIndex) {
      hiddenUnit();
      return nearness(classIndex);
    },
    hidden: hiddenUnit,
  };
}

/** Of a request with more features than this the first are read: it bounds the work, and no real one has as many. */
const MAXIMUM_FEATURES = 16_384;
