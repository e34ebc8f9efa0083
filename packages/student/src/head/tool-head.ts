import type { JsonObject } from '@retort/kernel';
import { featureBuffer } from '../features/buffer.ts';
import type { ReadContext } from '../features/context.ts';
import { extract } from '../features/extract.ts';
import { classScorer } from './class-scorer.ts';
import type { ToolHead } from './model.ts';
import { similarityReader } from './similarity.ts';
import { softmaxInPlace } from '../softmax.ts';
import { textScores } from './text-scores.ts';
import type { OfferedTools } from './toolset.ts';

/** What says whether a request is like those that training saw. Higher is more like them. */
export interface Familiarity {
  /** ln of the probability that the answers on offer have among all that training saw; 0 when all are on offer. */
  offered: number;
  /** Logits by which the choice beats the runner-up in the eyes of the member that is least for it. */
  margin: number;
  /** Cosines of the hidden layer with the mean of the chosen class's training decisions, and with the nearest of them. */
  centre: number;
  nearest: number;
}

export interface ToolChoice {
  /** Index among the candidates; -1 when there is none. */
  best: number;
  probability: number;
  /** The share of the request's weight that the vocabulary knows. */
  known: number;
  /** Whether the request says nothing at all: no text, no turns, no values. */
  silent: boolean;
  familiarity: Familiarity;
}

/** Reads contexts for one head, with its own scratch memory. */
export interface ToolScorer {
  /** The head's logits of the candidates for a context; -Infinity for an unseen one. */
  logits(context: JsonObject, offered: OfferedTools): Float64Array;
  /** How near the context is to the text of each tool on offer. */
  similarities(context: JsonObject, offered: OfferedTools): Float64Array;
  choose(context: JsonObject, offered: OfferedTools): ToolChoice;
  /** The hidden layer at unit length; overwritten by the next context. */
  hidden(context: JsonObject): Float32Array;
}

export function toolScorer(head: ToolHead): ToolScorer {
  const buffer = featureBuffer();
  const scorer = classScorer(head);
  const similarTo = similarityReader(head.space.meaning);
  const trained = head.support.flatMap((support, index) => (support > 0 ? [index] : []));
  // A lone class had nothing to learn against: its score says nothing, and it is what is always answered.
  const constant = trained.length === 1 ? LONE_LOGIT : 0;
  let parts: ReadContext | undefined;
  let probabilities = new Float64Array(0);

  const read = (context: JsonObject) => {
    parts = extract(context, head.space.structure, buffer);
    return scorer.read(buffer);
  };

  const pick = (scores: Float32Array, { classes }: OfferedTools, into: Float64Array) => {
    for (let index = 0; index < into.length; index++)
      into[index] = classes[index]! < 0 ? -Infinity : scores[classes[index]!]! + constant;
    return into;
  };

  const familiarity = (best: number, logits: { scores: Float32Array; offered: OfferedTools }): Familiarity => {
    const { scores, offered } = logits;
    const chosen = offered.classes[best] ?? -1;
    if (chosen < 0) return UNFAMILIAR;
    let runnerUp = -1;
    for (let index = 0; index < offered.classes.length; index++) {
      const other = offered.classes[index]!;
      if (other >= 0 && other !== chosen && (runnerUp < 0 || scores[other]! > scores[runnerUp]!)) runnerUp = other;
    }
    const { centre, nearest } = scorer.nearness(chosen);
    return {
      offered:
        offered.allTrained === true
          ? 0
          : logSumExp(scores, offered.classes, head.temperature) - logSumExp(scores, trained, head.temperature),
      margin: runnerUp < 0 ? MOST_MARGIN : scorer.leastMargin(chosen, runnerUp),
      centre,
      nearest,
    };
  };

  return {
    logits: (context, offered) => pick(read(context).scores, offered, new Float64Array(offered.classes.length)),
    similarities(context, offered) {
      const { turns, text } = extract(context, head.space.structure, buffer);
      return similarTo(offered.texts(), { text, turns });
    },
    choose(context, offered) {
      const { scores, known } = read(context);
      const count = offered.classes.length;
      if (probabilities.length !== count) probabilities = new Float64Array(count);
      pick(scores, offered, probabilities);
      if (offered.thin)
        textScores(probabilities, similarTo(offered.texts(), parts!), { offered, scale: head.textScale });
      softmaxInPlace(probabilities, head.temperature);
      let best = -1;
      for (let index = 0; index < count; index++)
        if (best < 0 || probabilities[index]! > probabilities[best]!) best = index;
      return {
        best,
        probability: best < 0 ? 0 : probabilities[best]!,
        known,
        silent: saysNothing(parts!),
        familiarity: familiarity(best, { scores, offered }),
      };
    },
    hidden(context) {
      read(context);
      return scorer.hidden();
    },
  };
}

function saysNothing({ text, turns, leaves }: ReadContext): boolean {
  return turns.length === 0 && leaves.length === 0 && text.trim() === '';
}

const LONE_LOGIT = 20;
const MOST_MARGIN = 20;
const UNFAMILIAR: Familiarity = { offered: -20, margin: 0, centre: -1, nearest: -1 };

function logSumExp(scores: Float32Array, classes: Iterable<number>, temperature: number): number {
  let maximum = -Infinity;
  for (const index of classes) if (index >= 0 && scores[index]! > maximum) maximum = scores[index]!;
  if (maximum === -Infinity) return -Infinity;
  let sum = 0;
  for (const index of classes) if (index >= 0) sum += Math.exp((scores[index]! - maximum) / temperature);
  return maximum / temperature + Math.log(sum);
}
