import type { Random } from '@retort/kernel';
import { greatestEvidence } from './audits.ts';

/** Whether requests still look like the calibration's: an online conformal test (Vovk, Gammerman, Shafer 2005, ch. 7). */
export interface ExchangeabilityTest {
  /** One more request's novelty score. */
  observe(score: number): Exchangeability;
  /** What a later test resumes from. */
  state(): ExchangeabilityState;
}

export interface Exchangeability {
  /** The p-value of this request: uniform, and independent of those before, while requests are exchangeable. */
  pValue: number;
  /** The capital of a test martingale that began at 1; 1e100 at most. */
  evidence: number;
  /** True from when the evidence first reaches 1/δ. Without a change that happens, at any time, with probability δ at most
   *  (Ville 1939). */
  alarmed: boolean;
}

export interface ExchangeabilityState {
  requests: number;
  alarmed: boolean;
  /** How many scores, of the calibration and of requests, fell into each bin. */
  counts: readonly number[];
  /** Capital of each bet. */
  capital: readonly number[];
}

/** Scores, counted in bins: one more of these than edges, which ascend. Edges must not depend on the scores themselves: they are
 *  `quantileEdges` of others, or fixed numbers. */
export interface CountedScores {
  edges: readonly number[];
  counts: readonly number[];
}

export interface ExchangeabilityQuestion {
  /** Novelty scores of calibration turns. */
  calibration: CountedScores;
  delta: number;
  /** `higher`: only scores that became higher count as a change. Then the test is also valid where the calibration's scores are
   *  those of models that learnt from less: these find requests rather more novel. */
  against?: 'any' | 'higher';
  random: Random;
  resume?: ExchangeabilityState;
}

/** Ranks each score among the calibration's and all earlier requests', ties by lot, and bets on the p-values. Against the
 *  calibration alone the p-values would be dependent, and a long run would nearly always alarm.
 *  Scores are counted in bins, so that memory is bounded: O(bins), and O(log bins) a request. The p-values are exactly
 *  uniform nevertheless, for the bin of a score is itself a score; bins only cost power, within one bin. */
export function exchangeabilityTest(question: ExchangeabilityQuestion): ExchangeabilityTest {
  const { delta, random, resume, against = 'any' } = question;
  const { edges, counts } = question.calibration;
  const bets = against === 'any' ? [...higherBets, ...lowerBets] : higherBets;
  const ranks = rankCounter(edges.length + 1);
  (resume?.counts ?? counts).forEach((count, bin) => ranks.add(bin, count));
  const capital = Float64Array.from(resume?.capital ?? new Float64Array(bets.length));
  let requests = resume?.requests ?? 0;
  let alarmed = resume?.alarmed ?? false;
  return {
    observe: (score) => {
      const bin = binOf(score, edges);
      ranks.add(bin, 1);
      // The open interval (0, 1): neither p nor 1 − p is 0, where a bet would be infinite.
      const lot = random.next() + 2 ** -33;
      const pValue = (ranks.above(bin) + lot * ranks.at(bin)) / ranks.total();
      requests++;
      const stake = (reserveAt(requests - 1) - reserveAt(requests)) / bets.length;
      const [logHigh, logLow] = [Math.log(pValue), Math.log(1 - pValue)];
      let evidence = reserveAt(requests);
      for (const [bet, { epsilon, on }] of bets.entries()) {
        const factor = epsilon * Math.exp((epsilon - 1) * (on === 'higher' ? logHigh : logLow));
        capital[bet] = Math.min(greatestEvidence, (capital[bet]! + stake) * factor);
        evidence += capital[bet]!;
      }
      alarmed ||= evidence >= 1 / delta;
      return { pValue, evidence: Math.min(greatestEvidence, evidence), alarmed };
    },
    state: () => ({ requests, alarmed, counts: ranks.counts(), capital: [...capital] }),
  };
}

/** Power bets ε·p^(ε−1), each of mean 1 under uniform p (Vovk et al. 2005, §7.1): on high scores (small p), and with 1 − p
 *  in the place of p on low ones. */
const epsilons = [0.5, 0.7, 0.85, 0.95, 0.99];
const higherBets = epsilons.map((epsilon) => ({ epsilon, on: 'higher' }));
const lowerBets = epsilons.map((epsilon) => ({ epsilon, on: 'lower' }));

/** The capital that is not yet at stake after so many requests: 1 at first, to 0 in the limit. Each request places a part
 *  of it, so that a late change is met with bets that earlier requests have not used up; it costs ln(n·ln² n) nats. */
function reserveAt(requests: number): number {
  return Math.LN2 / Math.log(requests + 2);
}

/** At most `bins − 1` edges that part these scores into bins of about equal size. */
export function quantileEdges(scores: readonly number[], bins = 1024): number[] {
  const sorted = Float64Array.from(scores).sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < bins && sorted.length > 0; bin++)
    edges.add(sorted[Math.floor((bin * sorted.length) / bins)]!);
  return [...edges];
}

/** How many scores fall into each bin. */
export function countScores(scores: readonly number[], edges: readonly number[]): CountedScores {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (const score of scores) counts[binOf(score, edges)]!++;
  return { edges, counts };
}

/** The number of edges that are at most the score. */
function binOf(score: number, edges: readonly number[]): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= score) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Counts in bins with their sums in O(log bins) (Fenwick 1994). */
function rankCounter(bins: number) {
  const single = new Float64Array(bins);
  const tree = new Float64Array(bins + 1);
  let total = 0;
  return {
    add: (bin: number, count: number) => {
      single[bin]! += count;
      total += count;
      for (let node = bin + 1; node <= bins; node += node & -node) tree[node]! += count;
    },
    at: (bin: number) => single[bin]!,
    above: (bin: number) => {
      let upTo = 0;
      for (let node = bin + 1; node > 0; node -= node & -node) upTo += tree[node]!;
      return total - upTo;
    },
    total: () => total,
    counts: () => [...single],
  };
}
