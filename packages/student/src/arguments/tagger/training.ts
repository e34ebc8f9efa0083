import type { Random } from '@retort/kernel';
import { float32, float64, frameOf, int32, offsetsOf, openArena, writeFrame } from '../../kernels/arena.ts';
import type { PreparedTexts } from './prepared-texts.ts';
import type { ToolSlots } from './features.ts';
import type { TaggerModel } from './model.ts';
import { toolLabels, transitionKey } from './tagger.ts';
import { latticeShape, columnOf, visitTransitions, type LatticeShape } from './viterbi.ts';

/** First step of every weight; it shrinks linearly to zero. */
const RATE = 0.2;
/** What AdaGrad begins with: no weight's first step is longer than the rate. */
const FIRST_ENERGY = 1;
/** Weights nearer to zero than this are left out of the model. */
const SMALLEST_WEIGHT = 0.04;

/** Learns linear-chain conditional random fields (Lafferty et al. 2001) by stochastic gradient descent on the negative
 *  log-likelihood of the teacher's labels, with AdaGrad steps per weight: what the tagger says are differences of
 *  log-probabilities. One trainer serves every fold. */
export function taggerTrainer(
  prepared: PreparedTexts,
  { slotCount, epochs }: { slotCount: number; epochs: number },
): (options: { members: readonly number[]; random: Random }) => TaggerModel {
  const columns = 2 * slotCount + 1;
  const places = placesOf(prepared);
  const arena = openTraining(prepared, columns);
  const { kernels, arrays } = arena;
  const at = offsetsOf(arrays);
  writeFrame('adjust', arrays.adjustFrame, { ...at, columns });

  /** One step towards the labels of a text; tells whether any moved. */
  const learn = (member: number, rate: number, transitions: Transitions): boolean => {
    const { tokens, tool, labels: gold } = prepared.texts[member]!;
    const { shape, columns: own } = places.get(tool)!;
    arrays.labels.set(own);
    arrays.rows.set(prepared.features[member]!);
    arrays.offsets.set(prepared.offsets[member]!);
    kernels.emissions(
      ...([at.weights, columns, at.rows, at.offsets, tokens.count] as const),
      ...([at.labels, shape.width, at.emissions] as const),
    );
    transitions.score(tool, arrays.transitions.fill(-Infinity));
    kernels.marginals(
      ...([at.emissions, at.transitions, tokens.count, shape.slots, at.factors, at.potentials] as const),
      ...([at.scales, at.slopes, at.expected] as const),
    );
    for (let token = 0; token < tokens.count; token++)
      arrays.slopes[token * shape.width + columnOf(shape, gold[token]!)]! -= 1;
    transitions.descend(tool, { gold, expected: arrays.expected, rate });
    return kernels.adjust(at.adjustFrame, tokens.count, shape.width, rate) > 0;
  };

  return ({ members, random }) => {
    const transitions = transitionWeights();
    arrays.weights.fill(0);
    arrays.energies.fill(FIRST_ENERGY);
    const settled = new Uint8Array(prepared.texts.length);
    const steps = epochs * members.length;
    let step = 0;
    for (let epoch = 0; epoch < epochs; epoch++)
      for (const member of random.shuffle(members)) {
        const rate = RATE * (1 - step++ / steps);
        // A text that nothing moved is looked at in every third pass only.
        if (settled[member] && (epoch + member) % 3 !== 0) continue;
        settled[member] = learn(member, rate, transitions) ? 0 : 1;
      }
    return { ...sparse(arrays.weights, prepared.keys, columns), ...transitions.model() };
  };
}

/** How the labels of each tool lie in a lattice: the column of each place; where a place is only padding, any. */
function placesOf({ texts }: PreparedTexts): Map<ToolSlots, { shape: LatticeShape; columns: Int32Array }> {
  const known = new Map<ToolSlots, { shape: LatticeShape; columns: Int32Array }>();
  for (const { tool } of texts) {
    if (known.has(tool)) continue;
    const shape = latticeShape(tool.slots.length);
    const columns = new Int32Array(shape.width);
    toolLabels(tool).forEach((column, label) => (columns[columnOf(shape, label)] = column));
    known.set(tool, { shape, columns });
  }
  return known;
}

/** One row of weights per feature, a column per label of any tool; and scratch memory for the longest text. */
function openTraining(prepared: PreparedTexts, columns: number) {
  const tokens = prepared.offsets.reduce((most, offsets) => Math.max(most, offsets.length), 1);
  const slots = prepared.texts.reduce((most, { tool }) => Math.max(most, tool.slots.length), 1);
  const { width, transitions } = latticeShape(slots);
  return openArena({
    weights: float32(prepared.keys.length * columns),
    energies: float32(prepared.keys.length * columns),
    rows: int32(prepared.features.reduce((most, { length }) => Math.max(most, length), 1)),
    offsets: int32(tokens),
    labels: int32(width),
    emissions: float32(tokens * width),
    transitions: float64(transitions),
    factors: float64(transitions),
    potentials: float64((tokens + 2) * width),
    scales: float64(tokens),
    slopes: float64(tokens * width),
    expected: float64(transitions),
    moved: int32(2 * width),
    adjustFrame: frameOf('adjust'),
  });
}

type Transitions = ReturnType<typeof transitionWeights>;

/** Every transition of a tool scores the sum of two weights, its own and one that all tools share. */
function transitionWeights() {
  const indexOf = new Map<number, number>();
  const weights: number[] = [];
  const energies: number[] = [];
  const cells = new Map<ToolSlots, Int32Array>();
  const index = (key: number) => {
    const known = indexOf.get(key);
    if (known !== undefined) return known;
    indexOf.set(key, weights.length);
    weights.push(0);
    energies.push(FIRST_ENERGY);
    return weights.length - 1;
  };
  /** Five numbers for each transition: from and to which label, where its score lies, and its two weights. */
  const cellsOf = (tool: ToolSlots) => {
    const known = cells.get(tool);
    if (known) return known;
    const labels = toolLabels(tool);
    const made: number[] = [];
    visitTransitions(latticeShape(tool.slots.length), ({ from, to, at }) => {
      made.push(from, to, at);
      for (const of of [0, tool.tool]) made.push(index(transitionKey(of, labels[from]!, labels[to]!)));
    });
    const own = Int32Array.from(made);
    cells.set(tool, own);
    return own;
  };
  const move = (weight: number, slope: number, rate: number) => {
    energies[weight]! += slope * slope;
    weights[weight]! -= (rate * slope) / Math.sqrt(energies[weight]!);
  };
  return {
    score(tool: ToolSlots, into: Float64Array): void {
      const own = cellsOf(tool);
      for (let cell = 0; cell < own.length; cell += 5)
        into[own[cell + 2]!] = weights[own[cell + 3]!]! + weights[own[cell + 4]!]!;
    },
    /** One AdaGrad step of the transitions of a text; `expected` is how often each was to be expected in it. */
    descend(
      tool: ToolSlots,
      { gold, expected, rate }: { gold: Int16Array; expected: Float64Array; rate: number },
    ): void {
      const own = cellsOf(tool);
      for (let cell = 0; cell < own.length; cell += 5) {
        const [from, to] = [own[cell]!, own[cell + 1]!];
        let slope = expected[own[cell + 2]!]!;
        for (let token = 1; token < gold.length; token++)
          if (gold[token] === to && gold[token - 1] === from) slope -= 1;
        if (Math.abs(slope) < SMALLEST_SLOPE) continue;
        move(own[cell + 3]!, slope, rate);
        move(own[cell + 4]!, slope, rate);
      }
    },
    model() {
      const keys = [...indexOf.keys()].filter((key) => weights[index(key)] !== 0);
      return {
        transitionKeys: Int32Array.from(keys),
        transitionWeights: Float32Array.from(keys, (key) => weights[index(key)]!),
      };
    },
  };
}

const SMALLEST_SLOPE = 1e-3;

/** What is not nearly zero, feature by feature. */
function sparse(weights: Float32Array, keys: Int32Array, columns: number) {
  const kept: number[] = [];
  const offsets: number[] = [0];
  const labels: number[] = [];
  const values: number[] = [];
  for (let feature = 0; feature < keys.length; feature++) {
    for (let label = 0; label < columns; label++) {
      const weight = weights[feature * columns + label]!;
      if (Math.abs(weight) < SMALLEST_WEIGHT) continue;
      labels.push(label);
      values.push(weight);
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
}
