import { seededRandom, type Random } from '@retort/kernel';
import {
  crossEntropySlopes,
  multiply,
  rowSampler,
  shuffleInPlace,
  type LearningProblem,
  type SampledRow,
} from './rows.ts';

export interface NetworkOptions {
  epochs: number;
  learningRate: number;
  hidden: number;
  /** The share of a row's features left out at random on each visit. */
  dropout: number;
  /** The share of hidden units left out at random on each visit. */
  hiddenDropout: number;
  seed: number | string;
}

/** softmax(output · relu(embedding · features)). Both matrices hold their bias as the last row. */
export interface Network {
  /** (features + 1) × hidden. */
  embedding: Float32Array;
  /** (hidden + 1) × classes. */
  output: Float32Array;
}

/** Learns a network with one hidden layer by stochastic gradient descent on the cross-entropy, with AdaGrad steps (Duchi et
 *  al. 2011; one accumulator per feature in the embedding, as a feature's units are always visited together) that shrink
 *  linearly to zero. The hidden layer is what a plain linear softmax lacks: words that mean the same come to share units.
 *  Only the classes offered at a row compete in its softmax. */
export function trainNetwork(
  problem: LearningProblem,
  options: NetworkOptions,
  onEpoch?: (epoch: number) => void,
): Network {
  const { classCount, featureCount, labels, weights: importance, offered } = problem;
  const { hidden, hiddenDropout } = options;
  const random = seededRandom(options.seed);
  const network = initialNetwork({ featureCount, classCount, hidden, random });
  const embeddingEnergy = new Float32Array(featureCount + 1).fill(INITIAL_ENERGY);
  const outputEnergy = new Float32Array(network.output.length).fill(INITIAL_ENERGY);
  const sample = rowSampler(problem, { dropout: options.dropout, stride: hidden, random });
  const units = new Float64Array(hidden);
  const activeUnits = new Int32Array(hidden);
  const unitSlopes = new Float64Array(hidden);
  const scores = new Float64Array(classCount);
  const all = Int32Array.from({ length: classCount }, (_, index) => index);
  const moved = new Int32Array(classCount);
  const order = Int32Array.from(problem.order);
  const steps = options.epochs * order.length;
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    onEpoch?.(epoch);
    shuffleInPlace(order, random);
    for (let position = 0; position < order.length; position++) {
      const row = order[position]!;
      const rate = options.learningRate * (1 - step++ / steps);
      const sampled = sample(row);
      multiply(network.embedding, sampled, units);
      let activeCount = 0;
      for (let unit = 0; unit < hidden; unit++) {
        if (units[unit]! <= 0 || random.next() < hiddenDropout) continue;
        units[unit]! /= 1 - hiddenDropout;
        activeUnits[activeCount++] = unit;
      }
      const active = activeUnits.subarray(0, activeCount);
      const classes = offered[row] ?? all;
      scoreClasses(network.output, { units, active, classes }, scores);
      const count = crossEntropySlopes({ scores, classes, label: labels[row]!, moved, weight: importance[row]! });
      if (count === 0) continue;
      const slopes = { slopes: scores, moved: moved.subarray(0, count) };
      descendOutput({ weights: network.output, energy: outputEnergy, rate }, { units, active, unitSlopes }, slopes);
      for (let index = 0; index < activeCount; index++) unitSlopes[active[index]!]! /= 1 - hiddenDropout;
      descendEmbedding({ weights: network.embedding, energy: embeddingEnergy, rate }, sampled, { active, unitSlopes });
    }
  }
  return network;
}

/** Keeps AdaGrad's first steps from being as large as its last are small. */
const INITIAL_ENERGY = 1e-3;

interface Descent {
  weights: Float32Array;
  energy: Float32Array;
  rate: number;
}

function scoreClasses(
  output: Float32Array,
  { units, active, classes }: { units: Float64Array; active: Int32Array; classes: Int32Array },
  scores: Float64Array,
): void {
  const classCount = scores.length;
  const bias = units.length * classCount;
  for (let index = 0; index < classes.length; index++) scores[classes[index]!] = output[bias + classes[index]!]!;
  for (let position = 0; position < active.length; position++) {
    const activity = units[active[position]!]!;
    const base = active[position]! * classCount;
    for (let index = 0; index < classes.length; index++) {
      const named = classes[index]!;
      scores[named]! += activity * output[base + named]!;
    }
  }
}

/** Moves the output weights of the active units, and says in `unitSlopes` how the units should have been. */
function descendOutput(
  { weights, energy, rate }: Descent,
  { units, active, unitSlopes }: { units: Float64Array; active: Int32Array; unitSlopes: Float64Array },
  { slopes, moved }: { slopes: Float64Array; moved: Int32Array },
): void {
  const classCount = slopes.length;
  for (let position = 0; position <= active.length; position++) {
    const unit = position < active.length ? active[position]! : units.length;
    const activity = position < active.length ? units[unit]! : 1;
    const base = unit * classCount;
    let slopeOfUnit = 0;
    for (let index = 0; index < moved.length; index++) {
      const at = base + moved[index]!;
      const slope = slopes[moved[index]!]!;
      slopeOfUnit += slope * weights[at]!;
      const sum = energy[at]! + slope * activity * slope * activity;
      energy[at] = sum;
      weights[at]! -= (rate * slope * activity) / Math.sqrt(sum);
    }
    if (position < active.length) unitSlopes[unit] = slopeOfUnit;
  }
}

function descendEmbedding(
  { weights, energy, rate }: Descent,
  { bases, values, length }: SampledRow,
  { active, unitSlopes }: { active: Int32Array; unitSlopes: Float64Array },
): void {
  const hidden = unitSlopes.length;
  let squares = 0;
  for (let position = 0; position < active.length; position++) squares += unitSlopes[active[position]!]! ** 2;
  if (squares === 0) return;
  const mean = squares / active.length;
  for (let entry = 0; entry < length; entry++) {
    const value = values[entry]!;
    const base = bases[entry]!;
    const feature = base / hidden;
    const sum = energy[feature]! + value * value * mean;
    energy[feature] = sum;
    const scale = (rate * value) / Math.sqrt(sum);
    for (let position = 0; position < active.length; position++) {
      const unit = active[position]!;
      weights[base + unit]! -= scale * unitSlopes[unit]!;
    }
  }
}

/** Small random weights; the biases start at zero. */
function initialNetwork(shape: { featureCount: number; classCount: number; hidden: number; random: Random }): Network {
  const { featureCount, classCount, hidden, random } = shape;
  const embedding = new Float32Array((featureCount + 1) * hidden);
  const output = new Float32Array((hidden + 1) * classCount);
  const scale = 1 / Math.sqrt(hidden);
  for (let at = 0; at < featureCount * hidden; at++) embedding[at] = (random.next() - 0.5) * scale;
  for (let at = 0; at < hidden * classCount; at++) output[at] = (2 * random.next() - 1) * scale;
  return { embedding, output };
}

/** Scores of the named classes (-1 names none) from the hidden units. */
export function outputScores(
  { output }: Pick<Network, 'output'>,
  { units, classes }: { units: Float64Array; classes: Int32Array },
  scores: Float64Array,
): void {
  const classCount = scores.length;
  const bias = units.length * classCount;
  for (let index = 0; index < classes.length; index++) {
    const named = classes[index]!;
    if (named < 0) continue;
    let score = output[bias + named]!;
    for (let unit = 0; unit < units.length; unit++)
      if (units[unit]! > 0) score += units[unit]! * output[unit * classCount + named]!;
    scores[named] = score;
  }
}
