import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { featureCount, type FeatureSpace } from '../features/space.ts';
import type { SparseRows } from '../features/vectors.ts';
import { padded } from '../kernels/arena.ts';
import { quantize } from './quantize.ts';
import { meanNetwork, trainNetwork, type NetworkOptions } from './network.ts';
import { trainSoftmax } from './softmax-regression.ts';
import type { ToolHead } from './model.ts';
import { collectPrototypes, KEPT_PER_CLASS, NO_PROTOTYPES, type Prototypes } from './prototypes.ts';
import { DEFAULT_TEXT_SCALE } from './text-scale.ts';
import { toolScorer } from './tool-head.ts';
import { offerTools } from './toolset.ts';

/** Everything the head learns from, in arrays by row. */
export interface HeadProblem {
  space: FeatureSpace;
  /** What each row was read from. */
  contexts: readonly JsonObject[];
  rows: SparseRows;
  classes: readonly (string | null)[];
  /** How often each tool was on offer that was never called. */
  neverCalled: ReadonlyMap<string, number>;
  labels: Int32Array;
  weights: Float32Array;
  offered: readonly (Int32Array | null)[];
  softTargets: readonly (Float64Array | null)[];
}

/** How an epoch went: of which network, 0 for the linear softmax; both counted from 1 otherwise; and its mean loss in nats. */
export type EpochMetrics = Record<'network' | 'epoch' | 'epoch_loss', number>;

export function fitHead(
  problem: HeadProblem,
  order: Int32Array,
  options: NetworkOptions & { linearRate: number; networks: number },
  onProgress: (fraction: number, metrics: EpochMetrics) => void,
): ToolHead {
  const { space, classes, labels } = problem;
  const support = new Array<number>(classes.length).fill(0);
  for (const row of order) support[labels[row]!]! += 1;
  const learning = { ...problem, order, featureCount: featureCount(space), classCount: classes.length };
  const hidden = padded(options.hidden);
  const parts = options.networks + 1;
  const reportPart = (part: number) => (epoch: number, loss: number) =>
    onProgress((part + (epoch + 1) / options.epochs) / parts, { network: part, epoch: epoch + 1, epoch_loss: loss });
  const linear = trainSoftmax(learning, { ...options, learningRate: options.linearRate }, reportPart(0));
  const networks = Array.from({ length: options.networks }, (_, index) =>
    trainNetwork(learning, { ...options, hidden, seed: `${options.seed}/${index}` }, reportPart(index + 1)),
  );
  const { embedding, output } = meanNetwork(networks, hidden);
  const head: ToolHead = {
    space,
    // A class without a single row here is as unseen as one from elsewhere.
    classOf: new Map(classes.flatMap((name, index) => (support[index] ? [[name, index] as const] : []))),
    classes,
    support,
    linear: quantize(linear, padded(classes.length)),
    embedding: quantize(embedding, hidden * options.networks),
    output,
    networks: options.networks,
    neverCalled: problem.neverCalled,
    prototypes: NO_PROTOTYPES,
    temperature: 1,
    textScale: DEFAULT_TEXT_SCALE,
  };
  return { ...head, prototypes: prototypesOf(head, problem, order) };
}

/** Training decisions of each class, spread evenly over those that there are. */
function prototypesOf(head: ToolHead, { contexts, labels }: HeadProblem, order: Int32Array): Prototypes {
  const scorer = toolScorer(head);
  const rows = head.classes.map((): number[] => []);
  for (const row of order) rows[labels[row]!]!.push(row);
  const units = rows.map((own) => {
    const count = Math.min(own.length, KEPT_PER_CLASS);
    return Array.from({ length: count }, (_, index) =>
      scorer.hidden(contexts[own[Math.floor((index * own.length) / count)]!]!).slice(),
    );
  });
  return collectPrototypes(units, head.embedding.columns);
}

export interface HeadExample {
  context: JsonObject;
  tools: readonly ToolDefinition[];
  tool: string | null;
}

/** Logits of what was offered, with the position of the teacher's tool: what a temperature is fitted on. */
export function labelledLogits(
  head: ToolHead,
  examples: readonly HeadExample[],
): { logits: Float64Array; label: number }[] {
  const scorer = toolScorer(head);
  const offeredBy = new Map<readonly ToolDefinition[], ReturnType<typeof offerTools>>();
  return examples.flatMap(({ context, tools, tool }) => {
    const offered = offeredBy.get(tools) ?? offerTools(head, tools);
    offeredBy.set(tools, offered);
    const label = offered.candidates.indexOf(tool);
    if (label < 0 || offered.classes[label]! < 0) return [];
    return [{ logits: scorer.logits(context, offered), label }];
  });
}
