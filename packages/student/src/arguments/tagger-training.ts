import type { Random } from '@retort/kernel';
import type { Gazetteer } from './gazetteer.ts';
import { extractFeatures, featureBuffer, type TaggedText, type ToolSlots } from './tagger-features.ts';
import { toolLabels, transitionKey, type TaggerModel } from './tagger.ts';
import { bestPath } from './viterbi.ts';

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
  const indexOf = new Map<number, number>();
  const buffer = featureBuffer();
  const features: Int32Array[] = [];
  const offsets: Int32Array[] = [];
  for (const text of texts) {
    extractFeatures({ ...text, gazetteer }, buffer);
    const end = buffer.offsets[text.tokens.count]!;
    const indices = new Int32Array(end);
    for (let at = 0; at < end; at++) {
      const key = buffer.hashes[at]!;
      let index = indexOf.get(key);
      if (index === undefined) {
        index = indexOf.size;
        indexOf.set(key, index);
      }
      indices[at] = index;
    }
    features.push(indices);
    offsets.push(buffer.offsets.slice(0, text.tokens.count + 1));
  }
  return { texts, keys: Int32Array.from(indexOf.keys()), features, offsets };
}

/** Averaged structured perceptron (Collins 2002): where the best labelling differs from the teacher's, its features lose
 *  one and the teacher's gain one; the answer is the mean of the weights over all steps. */
export function trainTagger(
  prepared: PreparedTexts,
  options: { members: readonly number[]; slotCount: number; epochs: number; random: Random },
): TaggerModel {
  const weights = sparseWeights(prepared.keys.length);
  const transitions = transitionWeights();
  const scores = new Float64Array(2 * options.slotCount + 1);
  const labelsOf = new Map<ToolSlots, Int32Array>();
  let emissions = new Float64Array(8192);
  let path = new Int16Array(256);
  let step = 1;
  const range = { from: 0, to: 0 };
  const patience = new Int8Array(prepared.texts.length);
  const learn = (member: number) => {
    const { tokens, tool, labels: gold } = prepared.texts[member]!;
    const count = tokens.count;
    const labels = labelsOf.get(tool) ?? toolLabels(tool);
    labelsOf.set(tool, labels);
    if (emissions.length < count * labels.length) emissions = new Float64Array(count * labels.length * 2);
    if (path.length < count) path = new Int16Array(count * 2);
    const features = prepared.features[member]!;
    const offsets = prepared.offsets[member]!;
    for (let token = 0; token < count; token++) {
      for (let label = 0; label < labels.length; label++) scores[labels[label]!] = 0;
      range.from = offsets[token]!;
      range.to = offsets[token + 1]!;
      weights.score(features, range, scores);
      for (let label = 0; label < labels.length; label++)
        emissions[token * labels.length + label] = scores[labels[label]!]!;
    }
    bestPath({ length: count, labels: labels.length, emissions, transitions: transitions.matrix(tool, labels) }, path);
    let mistakes = 0;
    for (let token = 0; token < count; token++) {
      const right = gold[token]!;
      const guess = path[token]!;
      if (right !== guess) mistakes++;
      if (right !== guess)
        for (let at = offsets[token]!; at < offsets[token + 1]!; at++) {
          weights.change(features[at]!, labels[right]!, 1, step);
          weights.change(features[at]!, labels[guess]!, -1, step);
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
  for (let epoch = 0; epoch < options.epochs; epoch++)
    for (const member of options.random.shuffle(options.members)) {
      // What was right twice in a row is looked at in every third pass only.
      if (patience[member]! >= 2 && (epoch + member) % 3 !== 0) step++;
      else patience[member] = learn(member) === 0 ? Math.min(2, patience[member]! + 1) : 0;
    }
  return { ...weights.average(prepared.keys, step), ...transitions.average(step) };
}

function transitionWeights() {
  const indexOf = new Map<number, number>();
  const weights: number[] = [];
  const sums: number[] = [];
  const cells = new Map<ToolSlots, Int32Array>();
  let matrix = new Float64Array(1024);
  const index = (key: number) => {
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    indexOf.set(key, weights.length);
    weights.push(0);
    sums.push(0);
    return weights.length - 1;
  };
  return {
    change(key: number, by: number, step: number): void {
      const at = index(key);
      weights[at]! += by;
      sums[at]! += by * step;
    },
    /** Overwritten by the next call. */
    matrix(tool: ToolSlots, labels: Int32Array): Float64Array {
      const size = labels.length;
      let toolCells = cells.get(tool);
      if (!toolCells) {
        toolCells = new Int32Array(2 * size * size);
        for (let cell = 0; cell < size * size; cell++)
          [0, tool.tool].forEach((shared, half) => {
            const from = labels[Math.floor(cell / size)]!;
            toolCells![2 * cell + half] = index(transitionKey(shared, from, labels[cell % size]!));
          });
        cells.set(tool, toolCells);
      }
      if (matrix.length < size * size) matrix = new Float64Array(size * size);
      for (let cell = 0; cell < size * size; cell++)
        matrix[cell] = weights[toolCells[2 * cell]!]! + weights[toolCells[2 * cell + 1]!]!;
      return matrix;
    },
    average(steps: number) {
      const keys = [...indexOf.keys()].filter((_, at) => weights[at]! - sums[at]! / steps !== 0);
      return {
        transitionKeys: Int32Array.from(keys),
        transitionWeights: Float32Array.from(keys, (key) => weights[index(key)]! - sums[index(key)]! / steps),
      };
    },
  };
}

/** Weights of (feature, label). Most features know few labels: each has a block of room for some, moved to one of twice
 *  the size when it is full, so that reading it is one run through memory. */
function sparseWeights(features: number) {
  const start = new Int32Array(features);
  const length = new Uint16Array(features);
  const room = new Uint16Array(features);
  let capacity = 1 << 16;
  let label = new Uint16Array(capacity);
  let weight = new Float32Array(capacity);
  let sum = new Float64Array(capacity);
  let used = 0;
  const addBlock = (size: number): number => {
    while (used + size > capacity) {
      capacity *= 2;
      label = copied(new Uint16Array(capacity), label);
      weight = copied(new Float32Array(capacity), weight);
      sum = copied(new Float64Array(capacity), sum);
    }
    used += size;
    return used - size;
  };
  const widen = (feature: number) => {
    const from = start[feature]!;
    const size = Math.max(2, room[feature]! * 2);
    const to = addBlock(size);
    const end = from + length[feature]!;
    label.copyWithin(to, from, end);
    weight.copyWithin(to, from, end);
    sum.copyWithin(to, from, end);
    start[feature] = to;
    room[feature] = size;
  };
  return {
    score(tokenFeatures: Int32Array, range: { from: number; to: number }, scores: Float64Array): void {
      const labels = label;
      const weights = weight;
      for (let at = range.from; at < range.to; at++) {
        const feature = tokenFeatures[at]!;
        const from = start[feature]!;
        const end = from + length[feature]!;
        for (let entry = from; entry < end; entry++) scores[labels[entry]!]! += weights[entry]!;
      }
    },
    change(feature: number, of: number, by: number, step: number): void {
      const from = start[feature]!;
      const end = from + length[feature]!;
      let entry = from;
      while (entry < end && label[entry] !== of) entry++;
      if (entry === end) {
        if (length[feature] === room[feature]) widen(feature);
        entry = start[feature]! + length[feature]!;
        length[feature]!++;
        label[entry] = of;
        weight[entry] = 0;
        sum[entry] = 0;
      }
      weight[entry]! += by;
      sum[entry]! += by * step;
    },
    average(keys: Int32Array, steps: number) {
      const kept: number[] = [];
      const offsets: number[] = [0];
      const labels: number[] = [];
      const weights: number[] = [];
      for (let feature = 0; feature < features; feature++) {
        const from = start[feature]!;
        for (let entry = from; entry < from + length[feature]!; entry++) {
          const mean = weight[entry]! - sum[entry]! / steps;
          if (Math.abs(mean) < smallestWeight) continue;
          labels.push(label[entry]!);
          weights.push(mean);
        }
        if (labels.length === offsets.at(-1)) continue;
        kept.push(keys[feature]!);
        offsets.push(labels.length);
      }
      return {
        keys: Int32Array.from(kept),
        offsets: Uint32Array.from(offsets),
        labels: Uint16Array.from(labels),
        weights: Float32Array.from(weights),
      };
    },
  };
}

function copied<T extends Uint16Array | Float32Array | Float64Array>(into: T, from: T): T {
  into.set(from as never);
  return into;
}
