import type { TextScale } from './model.ts';

/** Where nothing could be left out to fit one: about what the sets that we measured on have. */
export const DEFAULT_TEXT_SCALE: TextScale = { intercept: 0, similarity: 10, relative: 5 };

/** A decision with tools that the head did not learn: logits of the others, −Infinity for those. */
export interface TextScaleExample {
  logits: Float64Array;
  /** Of each tool, which come first among the answers. */
  similar: Float64Array;
  /** The highest similarity among the tools that were learnt. */
  reference: number;
  /** Place of the teacher's answer. */
  label: number;
}

const STEPS = 400;
const RATE = 0.5;
/** Pulls towards the default where there is little to learn from. */
const RIDGE = 0.01;

/** Fits the scale by gradient descent (AdaGrad) on the negative log-likelihood of the teacher's choice between tools that were
 *  learnt and tools left out. */
export function fitTextScale(examples: readonly TextScaleExample[]): TextScale {
  if (examples.length === 0) return DEFAULT_TEXT_SCALE;
  const start = Object.values(DEFAULT_TEXT_SCALE);
  const scale = Float64Array.from(start);
  const energies = new Float64Array(scale.length).fill(1e-6);
  const slopes = new Float64Array(scale.length);
  const questions = examples.map((example) => ({ ...example, ...competing(example) }));
  const scores = new Float64Array(Math.max(...questions.map(({ places }) => places.length)));
  for (let step = 0; step < STEPS; step++) {
    scale.forEach((value, index) => (slopes[index] = RIDGE * (value - start[index]!)));
    for (const { rest, places, label, similar, reference } of questions) {
      let maximum = rest;
      places.forEach((place, at) => {
        const score = scale[0]! + scale[1]! * similar[place]! + scale[2]! * (similar[place]! - reference);
        scores[at] = score;
        if (score > maximum) maximum = score;
      });
      let sum = Math.exp(rest - maximum);
      for (let at = 0; at < places.length; at++) sum += scores[at] = Math.exp(scores[at]! - maximum);
      places.forEach((place, at) => {
        const slope = (scores[at]! / sum - (place === label ? 1 : 0)) / examples.length;
        slopes[0]! += slope;
        slopes[1]! += slope * similar[place]!;
        slopes[2]! += slope * (similar[place]! - reference);
      });
    }
    for (let index = 0; index < scale.length; index++) {
      energies[index]! += slopes[index]! * slopes[index]!;
      scale[index]! -= (RATE * slopes[index]!) / Math.sqrt(energies[index]!);
    }
  }
  return { intercept: scale[0]!, similarity: scale[1]!, relative: scale[2]! };
}

/** Places of the tools that were left out, and ln Σ e^logit of all others. */
function competing({ logits, similar }: TextScaleExample): { places: number[]; rest: number } {
  const learnt = logits.filter((logit) => logit > -Infinity);
  const maximum = learnt.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
  const sum = learnt.reduce((total, logit) => total + Math.exp(logit - maximum), 0);
  return {
    places: [...similar.keys()].filter((place) => logits[place] === -Infinity),
    rest: learnt.length === 0 ? -Infinity : maximum + Math.log(sum),
  };
}
