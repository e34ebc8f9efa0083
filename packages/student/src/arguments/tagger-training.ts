import type { Random } from '@retort/kernel';
import { hashTable } from '../features/hash-table.ts';
import type { Gazetteer } from './gazetteer.ts';
import { enterGazetteer, extractFeatures, featurePlaces, type TaggedText, type ToolSlots } from './tagger-features.ts';
import { toolLabels, transitionKey, type TaggerModel } from './tagger.ts';
import { float32, int32, openRoom } from '../kernels/room.ts';
import { bestPath, latticePlaces, latticeShape, placeOf, visitTransitions, type LatticeShape } from './viterbi.ts';

export interface LabelledText extends TaggedText {
  tool: ToolSlots;
  /** The tool's own label of each token. */
  labels: Int16Array;
  own: ReadonlySet<number>;
}

/** Texts with their features as indices into `keys`: extracted once, trained on once per fold. */
export interface PreparedTexts {
  texts: readonly LabelledText[];
  keys: Int32Array;
  features: Int32Array[];
  offsets: Int32Array[];
}

/** Weights nearer to zero than this are left out of the model. */
const smallestWeight = 0.02;

export function prepareTexts(texts: readonly LabelledText[], gazetteer: Gazetteer): PreparedTexts {
  const slotCount = texts[0]?.tool.slotIndex.length ?? 0;
  const room = { gazetteer, ...openRoom(featurePlaces(gazetteer, slotCount)) };
  enterGazetteer(room);
  const seen = new Map<number, number>();
  const hashed: Int32Array[] = [];
  const ends: Int32Array[] = [];
  for (const text of texts) {
    extractFeatures(text, room);
    const { count } = text.tokens;
    const offsets = room.arrays.offsets.slice(0, count + 1);
    const hashes = room.arrays.hashes.slice(0, offsets[count]);
    for (let at = 0; at < hashes.length; at++) seen.set(hashes[at]!, (seen.get(hashes[at]!) ?? 0) + 1);
    hashed.push(hashes);
    ends.push(offsets);
  }
  const keys = frequentFeatures(seen, texts);
  const indexOf = hashTable(keys);
  const features = hashed.map((hashes, text) => {
    const offsets = ends[text]!;
    const indices = new Int32Array(hashes.length);
    let length = 0;
    let at = 0;
    for (let token = 0; token + 1 < offsets.length; token++) {
      const end = offsets[token + 1]!;
      offsets[token] = length;
      for (; at < end; at++) {
        const index = indexOf(hashes[at]!);
        if (index >= 0) indices[length++] = index;
      }
    }
    offsets[offsets.length - 1] = length;
    return indices.slice(0, length);
  });
  return { texts, keys, features, offsets: ends };
}

/** The features worth learning, and no more than their weights for every label may take room. */
function frequentFeatures(seen: ReadonlyMap<number, number>, texts: readonly LabelledText[]): Int32Array {
  const columns = 2 * (texts[0]?.tool.slotIndex.length ?? 0) + 1;
  for (let fewest = fewestOccurrences(texts.length); ; fewest *= 2) {
    const keys = Int32Array.from([...seen].filter(([, count]) => count >= fewest).map(([key]) => key));
    if (keys.length * columns <= MOST_WEIGHTS) return keys;
  }
}

/** 256 MB of weights, as much for their sums, and as much for their means. */
const MOST_WEIGHTS = 1 << 26;

/** What was seen once or twice in many texts is noise learnt by heart; in few texts it is all there is. */
function fewestOccurrences(texts: number): number {
  return texts < 500 ? 1 : texts < 4000 ? 2 : 3;
}

/** What one perceptron comes to hangs on the order in which it saw its texts; the mean of a few is steadier. */
const PERCEPTRONS = 3;

/** Averaged structured perceptrons (Collins 2002): where the best labelling differs from the teacher's, its features lose
 *  one and the teacher's gain one; the answer is the mean of the weights over all steps, and over perceptrons that saw the
 *  texts in different orders. One trainer serves every fold. */
export function taggerTrainer(
  prepared: PreparedTexts,
  { slotCount, epochs }: { slotCount: number; epochs: number },
): (options: { members: readonly number[]; random: Random }) => TaggerModel {
  const weights = denseWeights(prepared, 2 * slotCount + 1);
  const perceptron = (members: readonly number[], random: Random, transitions: Transitions) => {
    let step = 1;
    const patience = new Int8Array(prepared.texts.length);
    const learn = (member: number) => {
      const { tokens, tool, labels: gold } = prepared.texts[member]!;
      const count = tokens.count;
      const labels = weights.labelsOf(tool);
      const features = prepared.features[member]!;
      const offsets = prepared.offsets[member]!;
      const path = weights.bestPath(features, offsets, tool, transitions);
      let mistakes = 0;
      for (let token = 0; token < count; token++) {
        const right = gold[token]!;
        const guess = path[token]!;
        if (right !== guess) {
          mistakes++;
          for (let at = offsets[token]!; at < offsets[token + 1]!; at++)
            weights.move(features[at]!, { from: labels[guess]!, to: labels[right]!, step });
        }
        if (token === 0) continue;
        const rightBefore = gold[token - 1]!;
        const guessBefore = path[token - 1]!;
        if (right === guess && rightBefore === guessBefore) continue;
        for (const shared of [0, tool.tool]) {
          transitions.change(transitionKey(shared, labels[rightBefore]!, labels[right]!), 1, step);
          transitions.change(transitionKey(shared, labels[guessBefore]!, labels[guess]!), -1, step);
        }
      }
      step++;
      return mistakes;
    };
    for (let epoch = 0; epoch < epochs; epoch++)
      for (const member of random.shuffle(members)) {
        // What was right twice in a row is looked at in every third pass only.
        if (patience[member]! >= 2 && (epoch + member) % 3 !== 0) step++;
        else patience[member] = learn(member) === 0 ? Math.min(2, patience[member]! + 1) : 0;
      }
    weights.finish(step);
    transitions.finish(step);
  };
  return ({ members, random }) => {
    const transitions = transitionWeights();
    weights.clear();
    for (let index = 0; index < PERCEPTRONS; index++) perceptron(members, random, transitions);
    return { ...weights.mean(prepared.keys), ...transitions.mean() };
  };
}

type Transitions = ReturnType<typeof transitionWeights>;

function transitionWeights() {
  const indexOf = new Map<number, number>();
  const weights: number[] = [];
  const sums: number[] = [];
  const means: number[] = [];
  const cells = new Map<ToolSlots, Int32Array>();
  const index = (key: number) => {
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    indexOf.set(key, weights.length);
    weights.push(0);
    sums.push(0);
    means.push(0);
    return weights.length - 1;
  };
  /** Three numbers for each transition of a tool: where its score lies, and the two weights that it is the sum of. */
  const cellsOf = (tool: ToolSlots) => {
    const known = cells.get(tool);
    if (known) return known;
    const labels = toolLabels(tool);
    const made: number[] = [];
    visitTransitions(latticeShape(tool.slots.length), ({ from, to, at }) => {
      made.push(at);
      for (const of of [0, tool.tool]) made.push(index(transitionKey(of, labels[from]!, labels[to]!)));
    });
    const own = Int32Array.from(made);
    cells.set(tool, own);
    return own;
  };
  return {
    change(key: number, by: number, step: number): void {
      const at = index(key);
      weights[at]! += by;
      sums[at]! += by * step;
    },
    score(tool: ToolSlots, into: Float64Array): void {
      const own = cellsOf(tool);
      for (let at = 0; at < own.length; at += 3) into[own[at]!] = weights[own[at + 1]!]! + weights[own[at + 2]!]!;
    },
    /** Keeps the mean of a perceptron that has seen its last text, and begins anew. */
    finish(steps: number): void {
      for (let at = 0; at < weights.length; at++) means[at]! += (weights[at]! - sums[at]! / steps) / PERCEPTRONS;
      weights.fill(0);
      sums.fill(0);
    },
    mean() {
      const keys = [...indexOf.keys()].filter((_, at) => means[at] !== 0);
      return {
        transitionKeys: Int32Array.from(keys),
        transitionWeights: Float32Array.from(keys, (key) => means[index(key)]!),
      };
    },
  };
}

/** The column of each place's label; where there is only room, any. */
function placedColumns(shape: LatticeShape, labels: Int32Array): Int32Array {
  const columns = new Int32Array(shape.width);
  labels.forEach((column, label) => (columns[placeOf(shape, label)] = column));
  return columns;
}

/** One row of weights per feature, a column per label of any tool. */
function denseWeights(prepared: PreparedTexts, columns: number) {
  const features = prepared.keys.length;
  const labelsOf = new Map<ToolSlots, Int32Array>();
  for (const { tool } of prepared.texts) if (!labelsOf.has(tool)) labelsOf.set(tool, toolLabels(tool));
  const columnsOf = new Map<ToolSlots, Int32Array>();
  for (const [tool, labels] of labelsOf) columnsOf.set(tool, placedColumns(latticeShape(tool.slots.length), labels));
  const mostTokens = prepared.offsets.reduce((most, offsets) => Math.max(most, offsets.length), 1);
  const mostSlots = prepared.texts.reduce((most, { tool }) => Math.max(most, tool.slots.length), 1);
  const room = openRoom({
    ...latticePlaces({ tokens: mostTokens, slots: mostSlots }),
    labels: int32(latticeShape(mostSlots).width),
    weights: float32(features * columns),
    rows: int32(prepared.features.reduce((most, { length }) => Math.max(most, length), 1)),
    offsets: int32(mostTokens),
  });
  const { kernels, arrays } = room;
  const { weights } = arrays;
  let scored: ToolSlots | undefined;
  /** Changes times the step they were made at: what the mean over all steps is to be reduced by. */
  const sums = new Float32Array(weights.length);
  const means = new Float32Array(weights.length);
  return {
    clear(): void {
      weights.fill(0);
      sums.fill(0);
      means.fill(0);
    },
    /** Keeps the mean of a perceptron that has seen its last text, and begins anew. */
    finish(steps: number): void {
      for (let at = 0; at < weights.length; at++)
        if (sums[at] !== 0) means[at]! += (weights[at]! - sums[at]! / steps) / PERCEPTRONS;
      weights.fill(0);
      sums.fill(0);
    },
    labelsOf: (tool: ToolSlots): Int32Array => labelsOf.get(tool)!,
    /** The best label of each token; overwritten by the next call. */
    bestPath(rows: Int32Array, offsets: Int32Array, tool: ToolSlots, transitions: Transitions): Int32Array {
      const shape = latticeShape(tool.slots.length);
      const count = offsets.length - 1;
      if (scored !== tool) {
        arrays.labels.set(columnsOf.get(tool)!);
        arrays.transitions.fill(-Infinity);
        scored = tool;
      }
      transitions.score(tool, arrays.transitions);
      arrays.rows.set(rows);
      arrays.offsets.set(offsets);
      kernels.emissions(
        weights.byteOffset,
        columns,
        arrays.rows.byteOffset,
        arrays.offsets.byteOffset,
        count,
        arrays.labels.byteOffset,
        shape.width,
        arrays.emissions.byteOffset,
      );
      bestPath(room, shape, count);
      return arrays.path;
    },
    move(feature: number, { from, to, step }: { from: number; to: number; step: number }): void {
      const base = feature * columns;
      weights[base + to]! += 1;
      weights[base + from]! -= 1;
      sums[base + to]! += step;
      sums[base + from]! -= step;
    },
    mean(keys: Int32Array) {
      const kept: number[] = [];
      const offsets: number[] = [0];
      const labels: number[] = [];
      const values: number[] = [];
      for (let feature = 0; feature < features; feature++) {
        for (let label = 0; label < columns; label++) {
          const at = feature * columns + label;
          if (Math.abs(means[at]!) < smallestWeight) continue;
          labels.push(label);
          values.push(means[at]!);
        }
        if (labels.length === offsets.at(-1)) continue;
        kept.push(keys[feature]!);
        offsets.push(labels.length);
      }
      return {
        keys: Int32Array.from(kept),
        offsets: Uint32Array.from(offsets),
        labels: Uint16Array.from(labels),
        weights: Float32Array.from(values),
      };
    },
  };
}
