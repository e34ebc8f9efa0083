import { clopperPearsonLower, clopperPearsonUpper, type Proportion } from './intervals.ts';
import { DEFAULT_SHARE } from './ladder.ts';

/** The cut c of a novelty score that parts known from never-seen turns best: it maximises F1(c) − F0(c), where F(c) is
 *  the share of scores above c (Youden 1950). Fitted on turns for tuning; the tails F0 and F1 at it are counted on others.
 *  Of equal cuts the middle of the lowest gap. Infinity without scores of both. */
export function noveltyCut(known: readonly number[], novel: readonly number[]): number {
  if (known.length === 0 || novel.length === 0) return Infinity;
  const scores = [...known.map((score) => ({ score, step: 1 / known.length }))];
  for (const score of novel) scores.push({ score, step: -1 / novel.length });
  scores.sort((a, b) => a.score - b.score);
  let difference = 0;
  let best = { cut: -Infinity, difference };
  scores.forEach(({ score, step }, index) => {
    difference += step;
    const next = scores[index + 1]?.score ?? score;
    // Anywhere in the gap parts these scores as well; its middle parts those of a student that learnt a little more best.
    if ((score !== next || index === scores.length - 1) && difference > best.difference + 1e-12)
      best = { cut: (score + next) / 2, difference };
  });
  return best.cut;
}

/** How many scores are above the cut. */
export function tailAbove(scores: readonly number[], cut: number): Proportion {
  return { successes: scores.filter((score) => score > cut).length, trials: scores.length };
}

/** The tails at the cut of known calibration turns, F0, and of never-seen turns, F1. The latter are proxies: a kind of
 *  request that is unlike every proxy may be missed. */
export interface NoveltyTails {
  known: Proportion;
  novel: Proportion;
}

export interface NovelShare {
  /** ρ̂ = (Ĝ − F0)/(F1 − F0), within [0, 1]; null without requests or where F1 ≤ F0: the score tells nothing. */
  share: number | null;
  /** Bounds of ρ, each with probability 1 − δ at this moment: by Clopper–Pearson bounds of Ĝ, F0 and F1 at δ/3 each. */
  lower: number;
  upper: number;
}

/** The share ρ of never-seen requests in a window, from how many scores are above the cut: the mix's tail is
 *  G = (1 − ρ)·F0 + ρ·F1. `upper` takes G's upper and F0's and F1's lower bounds, `lower` the opposite ones. */
export function novelShare(window: Proportion, tails: NoveltyTails, delta: number): NovelShare {
  const level = 1 - delta / 3;
  const known = boundsOf(tails.known, level);
  const novel = boundsOf(tails.novel, level);
  const upper = shareOf(clopperPearsonUpper(window, level), known.lower, novel.lower);
  const lower = shareOf(clopperPearsonLower(window, level), known.upper, novel.upper);
  const share = shareOf(rate(window), rate(tails.known), rate(tails.novel));
  return { share, lower: share === null ? 0 : (lower ?? 0), upper: share === null ? 1 : (upper ?? 1) };
}

interface Bounds {
  level: number;
  lower: number;
  upper: number;
}

/** The tails of a card are the same for every window, and their bounds two thirds of the work. */
function boundsOf(tail: Proportion, level: number): Bounds {
  const held = boundsOfTails.get(tail);
  if (held?.level === level) return held;
  const bounds = { level, lower: clopperPearsonLower(tail, level), upper: clopperPearsonUpper(tail, level) };
  boundsOfTails.set(tail, bounds);
  return bounds;
}

const boundsOfTails = new WeakMap<Proportion, Bounds>();

/** (G − F0)/(F1 − F0) within [0, 1]; null where F1 ≤ F0. */
export function shareOf(window: number, known: number, novel: number): number | null {
  return novel > known ? Math.min(1, Math.max(0, (window - known) / (novel - known))) : null;
}

const rate = ({ successes, trials }: Proportion) => successes / trials;

/** The last requests, counted in blocks: the window moves on by a block, and its size in memory does not depend on how
 *  many requests it holds. */
export interface NoveltyWindow {
  /** Full blocks, oldest first. */
  full: readonly Proportion[];
  current: Proportion;
}

/** Requests of a window when it is full, and in how many blocks it counts them. */
export interface WindowSize {
  requests: number;
  blocks: number;
}

export const DEFAULT_WINDOW: WindowSize = { requests: 2000, blocks: 20 };

export const emptyWindow: NoveltyWindow = { full: [], current: { successes: 0, trials: 0 } };

/** The window after one more request, whose novelty score is above the cut or not. */
export function observe(
  { full, current }: NoveltyWindow,
  isAbove: boolean,
  { requests, blocks }: WindowSize = DEFAULT_WINDOW,
): NoveltyWindow {
  const next = { successes: current.successes + (isAbove ? 1 : 0), trials: current.trials + 1 };
  if (next.trials < requests / blocks) return { full, current: next };
  return { full: [...full, next].slice(-blocks), current: emptyWindow.current };
}

export function windowCounts({ full, current }: NoveltyWindow): Proportion {
  return full.reduce(sumOf, current);
}

function sumOf(a: Proportion, b: Proportion): Proportion {
  return { successes: a.successes + b.successes, trials: a.trials + b.trials };
}

/** Below so many requests an upper bound says little (0 of 10 are compatible with 26% above the cut). */
export const enoughRequests = 300;

export interface RungChoice extends NovelShare {
  requests: number;
  above: number;
  /** The share ρ that the guarantee has to withstand now; null: more than any rung does, or the score tells nothing. */
  rung: number | null;
}

/** A window that counts scores above another cut, which next to no known turn exceeds, and the tails there. */
export interface SureWindow {
  window: NoveltyWindow;
  tails: NoveltyTails;
}

/** The smallest rung that is at least the upper bound of the share of never-seen requests. With fewer than 300 requests
 *  the default rung stands, and only a share that is surely larger than that changes it. From then on requests are taken to be
 *  like the calibration's as long as they do not show otherwise, that is, as long as the lower bounds of the share are 0: the
 *  upper bound is then that of both together, at the cut where a few never-seen requests stand out most. */
export function chooseRung(
  window: NoveltyWindow,
  tails: NoveltyTails,
  {
    shares,
    delta,
    defaultShare = DEFAULT_SHARE,
    sure,
  }: { shares: readonly number[]; delta: number; defaultShare?: number; sure?: SureWindow | undefined },
): RungChoice {
  const counts = windowCounts(window);
  const own = novelShare(counts, tails, delta);
  const together = sure && own.lower === 0 ? boundWithCalibration(sure, delta) : null;
  const upper = together ?? own.upper;
  const withstood = counts.trials >= enoughRequests ? upper : Math.max(defaultShare, own.lower);
  const tells = rate(tails.novel) > rate(tails.known);
  const rungs = shares.filter((share) => share >= withstood);
  return {
    requests: counts.trials,
    above: counts.successes,
    ...own,
    upper: counts.trials >= enoughRequests ? upper : own.upper,
    rung: tells && rungs.length > 0 ? Math.min(...rungs) : null,
  };
}

/** The upper bound of the share in a window and the calibration together; null where the window shows that they are not alike, or
 *  the score tells nothing. */
function boundWithCalibration({ window, tails }: SureWindow, delta: number): number | null {
  const counts = windowCounts(window);
  const own = novelShare(counts, tails, delta);
  return own.share === null || own.lower > 0 ? null : novelShare(sumOf(counts, tails.known), tails, delta).upper;
}
