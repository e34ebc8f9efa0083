import { fitLogistic, logisticProbability, logisticScore, type LogisticModel } from '@retort/statistics';
import type { Familiarity } from './head/tool-head.ts';

/** What speaks for a turn before it is calibrated. */
export interface TurnEvidence {
  toolProbability: number;
  argumentConfidence: number;
  /** The share of the request's weight that the vocabulary knows. */
  known: number;
  familiarity: Familiarity;
}

/** Turns evidence into the probability that the whole turn is the teacher's: that the request is of a kind that training saw,
 *  times that the turn is right if so. A part is null where there was too little to fit it. */
export interface Calibration {
  /** Right, of requests that training is like; null: the plain product of the probabilities. */
  right: LogisticModel | null;
  /** ln of how many times likelier the evidence is of a never-seen request than of a known one; null: not told apart. */
  novel: LogisticModel | null;
}

const FEWEST = 50;

/** Learns how far each kind of evidence is to be believed. With few decisions, or none wrong, or none right, the product
 *  of the probabilities stands as it is. */
export function fitRight(examples: readonly (TurnEvidence & { agrees: boolean })[]): LogisticModel | null {
  const agreeing = examples.filter(({ agrees }) => agrees).length;
  if (examples.length < FEWEST || agreeing === 0 || agreeing === examples.length) return null;
  return fitLogistic(examples.map((example) => ({ x: evidenceFeatures(example), y: example.agrees })));
}

/** Passes that find the kinds which are the hardest to tell apart. */
const PASSES = 4;

/** Learns to tell proxies of never-seen requests from decisions that were not learnt from. The guarantee is bounded by the worst
 *  kind, so kinds weigh by how often they pass for known: a mix that easy kinds dilute would be told apart where it matters
 *  least. Both sides weigh the same, whatever there is of either. */
export function fitNovel(
  known: readonly TurnEvidence[],
  kinds: readonly (readonly TurnEvidence[])[],
): LogisticModel | null {
  const proxies = kinds.reduce((sum, { length }) => sum + length, 0);
  if (known.length < FEWEST || proxies < FEWEST) return null;
  const knownExamples = known.map((evidence) => ({ x: evidenceFeatures(evidence), y: false }));
  const features = kinds.map((kind) => kind.map(evidenceFeatures));
  let shares = kinds.map(({ length }) => length / proxies);
  let model: LogisticModel | null = null;
  for (let pass = 0; pass < PASSES; pass++) {
    const weights = shares.map((share, kind) => (known.length * share) / Math.max(1, kinds[kind]!.length));
    const fitted = fitLogistic(
      [...knownExamples, ...features.flatMap((kind, at) => kind.map((x) => ({ x, y: true, weight: weights[at]! })))],
      { start: model ?? undefined },
    );
    const passing = features.map(
      (kind, at) =>
        shares[at]! *
        (1e-3 + kind.reduce((sum, x) => sum + 1 - logisticProbability(fitted, x), 0) / Math.max(1, kind.length)),
    );
    const all = passing.reduce((sum, one) => sum + one, 0);
    shares = passing.map((one) => one / all);
    model = fitted;
  }
  return model;
}

/** What evidence is worth, where no share of never-seen requests is assumed yet: read once, for any share. */
export interface WeighedTurn {
  /** The probability that the turn is the teacher's, were the request of a kind that training saw. */
  rightIfKnown: number;
  /** ln of how many times likelier the evidence is of a never-seen request; null: not told apart. */
  novelOdds: number | null;
}

export function weighTurn({ right, novel }: Calibration, evidence: TurnEvidence): WeighedTurn {
  const features = evidenceFeatures(evidence);
  const plain = evidence.toolProbability * evidence.argumentConfidence;
  return {
    rightIfKnown: right === null ? plain : logisticProbability(right, features),
    novelOdds: novel === null ? null : logisticScore(novel, features),
  };
}

/** The probability that the request is of a kind never seen, where a share `prior` of the requests is. */
export function noveltyOf({ novelOdds }: WeighedTurn, prior: number): number {
  return novelOdds === null || prior === 0 ? 0 : 1 / (1 + Math.exp(-novelOdds - Math.log(prior / (1 - prior))));
}

/** The probability that the turn is the teacher's, where a share `prior` of the requests is of kinds never seen. */
export function confidenceOf(weighed: WeighedTurn, prior: number): number {
  return weighed.rightIfKnown * (1 - noveltyOf(weighed, prior));
}

function evidenceFeatures({ toolProbability, argumentConfidence, known, familiarity }: TurnEvidence): number[] {
  const { offered, margin, centre, nearest } = familiarity;
  return [
    logOdds(toolProbability),
    logOdds(argumentConfidence),
    known,
    Math.max(-LEAST_OFFERED, offered),
    Math.max(-MOST_MARGIN, Math.min(MOST_MARGIN, margin)),
    spreadCosine(centre),
    spreadCosine(nearest),
  ];
}

const LEAST_OFFERED = 8;
const MOST_MARGIN = 10;

/** Cosines of what training saw crowd below 1. */
function spreadCosine(cosine: number): number {
  return -Math.log(1.02 - cosine);
}

function logOdds(probability: number): number {
  const bounded = Math.min(1 - 1e-4, Math.max(1e-4, probability));
  return Math.log(bounded / (1 - bounded));
}
