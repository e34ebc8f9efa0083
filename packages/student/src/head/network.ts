import { seededRandom, type Random } from '@retort/kernel';
import { float32, int32, offsetsOf, openArena, padded } from '../kernels/arena.ts';
import {
  distillationSlopes,
  longestRow,
  movedBlocks,
  passedOver,
  quickRandom,
  rowSampler,
  shuffleInPlace,
  type LearningProblem,
  type OnEpoch,
} from './rows.ts';
import { INITIAL_ENERGY } from './softmax-regression.ts';

export interface NetworkOptions {
  epochs: number;
  learningRate: number;
  /** Units of the hidden layer, a multiple of sixteen. */
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
  /** (hidden + 1) × padded(classes). */
  output: Float32Array;
}

/** Learns a network with one hidden layer by stochastic gradient descent on the cross-entropy, with AdaGrad steps per
 *  weight (Duchi et al. 2011) that shrink linearly to zero. The hidden layer is what a plain linear softmax lacks: words
 *  that mean the same come to share units. Only the classes offered at a row compete in its softmax. */
export function trainNetwork(problem: LearningProblem, options: NetworkOptions, onEpoch?: OnEpoch): Network {
  const { classCount, labels, weights: importance, offered, softTargets } = problem;
  const { hidden, hiddenDropout } = options;
  const random = seededRandom(options.seed);
  const columns = padded(classCount);
  const { kernels, arrays } = openNetwork(problem, hidden, random);
  const { embedding, output, units, activities, activeBases, unitSlopes, scores, slopes } = arrays;
  const offset = offsetsOf(arrays);
  const sample = rowSampler(problem, arrays, { dropout: options.dropout, stride: hidden, random });
  const draw = quickRandom(random);
  const all = Int32Array.from({ length: classCount }, (_, index) => index);
  const order = Int32Array.from(problem.order);
  const steps = options.epochs * order.length;
  const kept = 1 / (1 - hiddenDropout);
  const passed = passedOver(labels.length);
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    let loss = 0;
    let visited = 0;
    shuffleInPlace(order, random);
    for (let position = 0; position < order.length; position++) {
      const row = order[position]!;
      const rate = options.learningRate * (1 - step++ / steps);
      if (passed.next(row)) continue;
      visited++;
      const length = sample(row);
      kernels.product(offset.embedding, offset.bases, offset.values, length, hidden, offset.units);
      let active = 0;
      for (let unit = 0; unit < hidden; unit++) {
        if (units[unit]! <= 0 || draw() < hiddenDropout) continue;
        activeBases[active] = unit * columns;
        activities[active++] = units[unit]! * kept;
      }
      activeBases[active] = hidden * columns;
      activities[active] = 1;
      kernels.product(offset.output, offset.activeBases, offset.activities, active + 1, columns, offset.scores);
      const classes = offered[row] ?? all;
      loss += distillationSlopes({
        scores,
        slopes,
        classes,
        label: labels[row]!,
        softTarget: softTargets[row]!,
        weight: importance[row]!,
      });
      const moved = movedBlocks(slopes, arrays.blocks);
      if (moved === 0) {
        passed.taughtNothing(row);
        continue;
      }
      kernels.dots(offset.output, offset.activeBases, active, offset.slopes, columns, offset.backward);
      kernels.descend(
        offset.output,
        offset.outputEnergies,
        offset.activeBases,
        offset.activities,
        active + 1,
        offset.slopes,
        offset.blocks,
        moved,
        rate,
      );
      unitSlopes.fill(0);
      for (let index = 0; index < active; index++)
        unitSlopes[activeBases[index]! / columns] = arrays.backward[index]! * kept;
      kernels.descend(
        offset.embedding,
        offset.embeddingEnergies,
        offset.bases,
        offset.values,
        length,
        offset.unitSlopes,
        offset.blocks,
        movedBlocks(unitSlopes, arrays.blocks),
        rate,
      );
    }
    onEpoch?.(epoch, loss / Math.max(1, visited));
  }
  return { embedding, output };
}

/** The network whose logits are the mean of others': their units side by side. Networks that began differently err
 *  differently, and their mean errs less than each (Hansen and Salamon 1990). */
export function meanNetwork(networks: readonly Network[], hidden: number): Network {
  if (networks.length === 1) return networks[0]!;
  const rows = networks[0]!.embedding.length / hidden;
  const columns = networks[0]!.output.length / (hidden + 1);
  const width = hidden * networks.length;
  const embedding = new Float32Array(rows * width);
  const output = new Float32Array((width + 1) * columns);
  networks.forEach((network, index) => {
    for (let row = 0; row < rows; row++)
      embedding.set(network.embedding.subarray(row * hidden, (row + 1) * hidden), row * width + index * hidden);
    for (let at = 0; at < hidden * columns; at++)
      output[index * hidden * columns + at] = network.output[at]! / networks.length;
    for (let column = 0; column < columns; column++)
      output[width * columns + column]! += network.output[hidden * columns + column]! / networks.length;
  });
  return { embedding, output };
}

function openNetwork(problem: LearningProblem, hidden: number, random: Random) {
  const { classCount, featureCount } = problem;
  const columns = padded(classCount);
  const longest = longestRow(problem);
  const arena = openArena({
    embedding: float32((featureCount + 1) * hidden),
    embeddingEnergies: float32((featureCount + 1) * hidden),
    output: float32((hidden + 1) * columns),
    outputEnergies: float32((hidden + 1) * columns),
    bases: int32(longest),
    values: float32(longest),
    units: float32(hidden),
    unitSlopes: float32(hidden),
    activeBases: int32(hidden + 1),
    activities: float32(hidden + 1),
    backward: float32(hidden),
    scores: float32(columns),
    slopes: float32(columns),
    blocks: int32(Math.max(hidden, columns) / 4),
  });
  const { embedding, embeddingEnergies, output, outputEnergies } = arena.arrays;
  embeddingEnergies.fill(INITIAL_ENERGY);
  outputEnergies.fill(INITIAL_ENERGY);
  // Small random weights; the biases start at zero.
  const scale = 1 / Math.sqrt(hidden);
  for (let at = 0; at < featureCount * hidden; at++) embedding[at] = (random.next() - 0.5) * scale;
  for (let unit = 0; unit < hidden; unit++)
    for (let index = 0; index < classCount; index++) output[unit * columns + index] = (2 * random.next() - 1) * scale;
  return arena;
}
