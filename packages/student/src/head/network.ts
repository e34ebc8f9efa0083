import { seededRandom, type Random } from '@retort/kernel';
import { rowSampler, shuffleInPlace, type LearningProblem } from './rows.ts';

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

/** Learns a network with one hidden layer by stochastic gradient descent on the cross-entropy, with AdaGrad steps per
 *  weight (Duchi et al. 2011) that shrink linearly to zero. The hidden layer is what a plain linear softmax lacks: words
 *  that mean the same come to share units. Only the classes offered at a row compete in its softmax. */
export function trainNetwork(
  problem: LearningProblem,
  options: NetworkOptions,
  onEpoch?: (epoch: number) => void,
): Network {
  const { classCount, featureCount, labels, weights: importance, offered } = problem;
  const { hidden, hiddenDropout } = options;
  const random = seededRandom(options.seed);
  const network = initialNetwork({ featureCount, classCount, hidden, random });
  const { embedding, output } = network;
  const embeddingEnergy = new Float32Array(embedding.length).fill(INITIAL_ENERGY);
  const outputEnergy = new Float32Array(output.length).fill(INITIAL_ENERGY);
  const sample = rowSampler(problem, { dropout: options.dropout, stride: hidden, random });
  const units = new Float64Array(hidden);
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
      const { bases, values, length } = sample(row);

      units.fill(0);
      for (let entry = 0; entry < length; entry++) {
        const value = values[entry]!;
        const base = bases[entry]!;
        for (let unit = 0; unit < hidden; unit++) units[unit]! += value * embedding[base + unit]!;
      }
      for (let unit = 0; unit < hidden; unit++)
        units[unit] = units[unit]! > 0 && random.next() >= hiddenDropout ? units[unit]! / (1 - hiddenDropout) : 0;

      const classes = offered[row] ?? all;
      outputScores(network, units, scores);
      const movedCount = crossEntropySlopes({ scores, classes, label: labels[row]!, moved, weight: importance[row]! });

      for (let unit = 0; unit <= hidden; unit++) {
        const activity = unit === hidden ? 1 : units[unit]!;
        if (unit < hidden) unitSlopes[unit] = 0;
        if (activity === 0) continue;
        let slopeOfUnit = 0;
        const base = unit * classCount;
        for (let index = 0; index < movedCount; index++) {
          const at = base + moved[index]!;
          const slope = scores[moved[index]!]!;
          slopeOfUnit += slope * output[at]!;
          const energy = (outputEnergy[at]! += slope * activity * slope * activity);
          output[at]! -= (rate * slope * activity) / Math.sqrt(energy);
        }
        if (unit < hidden) unitSlopes[unit] = slopeOfUnit / (1 - hiddenDropout);
      }
      for (let entry = 0; entry < length; entry++) {
        const value = values[entry]!;
        const base = bases[entry]!;
        for (let unit = 0; unit < hidden; unit++) {
          const slope = unitSlopes[unit]! * value;
          if (slope === 0) continue;
          const at = base + unit;
          const energy = (embeddingEnergy[at]! += slope * slope);
          embedding[at]! -= (rate * slope) / Math.sqrt(energy);
        }
      }
    }
  }
  return network;
}

/** Keeps AdaGrad's first steps from being as large as its last are small. */
const INITIAL_ENERGY = 1e-3;

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

/** Scores of all classes from the hidden units. */
export function outputScores({ output }: Pick<Network, 'output'>, units: Float64Array, scores: Float64Array): void {
  const classCount = scores.length;
  const bias = units.length * classCount;
  for (let index = 0; index < classCount; index++) scores[index] = output[bias + index]!;
  for (let unit = 0; unit < units.length; unit++) {
    const activity = units[unit]!;
    if (activity <= 0) continue;
    const base = unit * classCount;
    for (let index = 0; index < classCount; index++) scores[index]! += activity * output[base + index]!;
  }
}

/** Turns scores into slopes of the weighted cross-entropy, in place, for the classes listed in `moved`.
 *  Classes that would hardly move are left out: most of them, once the first epoch has passed. */
function crossEntropySlopes(question: {
  scores: Float64Array;
  classes: Int32Array;
  label: number;
  moved: Int32Array;
  weight: number;
}): number {
  const { scores, classes, label, moved, weight } = question;
  let maximum = -Infinity;
  for (let index = 0; index < classes.length; index++) maximum = Math.max(maximum, scores[classes[index]!]!);
  let sum = 0;
  for (let index = 0; index < classes.length; index++)
    sum += scores[classes[index]!] = Math.exp(scores[classes[index]!]! - maximum);
  let movedCount = 0;
  for (let index = 0; index < classes.length; index++) {
    const named = classes[index]!;
    const slope = scores[named]! / sum - (named === label ? 1 : 0);
    if (Math.abs(slope) < 1e-3) continue;
    scores[named] = slope * weight;
    moved[movedCount++] = named;
  }
  return movedCount;
}
