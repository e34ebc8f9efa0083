import type { ToolDefinition } from '@retort/contracts';
import { goldenSection } from '@retort/statistics';
import type { JsonObject } from '@retort/kernel';
import { featureBuffer } from '../features/buffer.ts';
import { extract } from '../features/extract.ts';
import { featureCount, type FeatureSpace } from '../features/space.ts';
import type { SparseRows } from '../features/vectors.ts';
import { padded } from '../kernels/arena.ts';
import { quantize } from './quantize.ts';
import { readToolTexts, similarityReader, type ToolTexts } from './similarity.ts';
import { meanNetwork, trainNetwork, type NetworkOptions } from './network.ts';
import { trainSoftmax } from './softmax-regression.ts';
import type { ToolHead } from './model.ts';
import { softmax } from './softmax.ts';
import { toolScorer } from './tool-head.ts';
import { offerTools } from './toolset.ts';

/** Everything the head learns from, in arrays by row. */
export interface HeadProblem {
  space: FeatureSpace;
  rows: SparseRows;
  classes: readonly (string | null)[];
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
  return {
    space,
    // A class without a single row here is as unseen as one from elsewhere.
    classOf: new Map(classes.flatMap((name, index) => (support[index] ? [[name, index] as const] : []))),
    classes,
    support,
    linear: quantize(linear, padded(classes.length)),
    embedding: quantize(embedding, hidden * options.networks),
    output,
    temperature: 1,
    similarityTemperature: 0.1,
  };
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

/** The temperature of a softmax over cosines with the tools' own texts. No label was used to make the cosines, so every
 *  decision measures what a never-seen tool can expect. */
export function fitSimilarityTemperature(head: ToolHead, examples: readonly HeadExample[]): number {
  const texts = new Map<readonly ToolDefinition[], ToolTexts>();
  const buffer = featureBuffer();
  const similarTo = similarityReader(head.space);
  const scored = examples.flatMap(({ context, tools, tool }) => {
    const label = tools.findIndex(({ name }) => name === tool);
    if (label < 0 || tools.length < 2) return [];
    const known = texts.get(tools) ?? readToolTexts(tools, head.space);
    texts.set(tools, known);
    extract(context, head.space.structure, buffer);
    return [{ similar: similarTo(known, buffer), label }];
  });
  if (scored.length === 0) return head.similarityTemperature;
  const loss = (logTemperature: number) => {
    let total = 0;
    for (const { similar, label } of scored)
      total -= Math.log(Math.max(1e-12, softmax(similar, Math.exp(logTemperature))[label]!));
    return total;
  };
  return Math.exp(goldenSection(loss, { low: Math.log(0.01), high: Math.log(10), tolerance: 1e-3 }));
}
