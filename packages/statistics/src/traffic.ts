import type { Proportion } from './intervals.ts';
import {
  chooseRung,
  DEFAULT_WINDOW,
  emptyWindow,
  observe,
  windowCounts,
  type NoveltyWindow,
  type RungChoice,
} from './novel-share.ts';

/** As much of a student's card as tells which rung its traffic asks for. */
export interface LadderCard {
  guarantee: { confidence: number };
  /** `share` is that of the rung in use while the traffic's own is not known. */
  ladder: { share: number; rungs: readonly { share: number }[] };
  /** Novelty scores above the cut, of known turns and of proxies; without a cut nothing can be told. */
  novelty: {
    cut: number | null;
    known: Proportion;
    novel: Proportion;
    /** The same at a cut that next to no known turn exceeds; older students have none. */
    sure?: { cut: number; known: Proportion; novel: Proportion } | undefined;
  };
}

/** What is known of the requests to a student. */
export interface Traffic {
  window: NoveltyWindow;
  /** The same requests, at the cut that next to no known turn exceeds. */
  sure: NoveltyWindow;
  /** The share of never-seen requests that serving withstands now; null: more than any rung does. */
  rung: number | null;
}

export function newTraffic({ ladder }: LadderCard): Traffic {
  return { window: emptyWindow, sure: emptyWindow, rung: ladder.share };
}

/** One more request. The rung is chosen anew whenever a block of the window is full, so that it changes seldom. Without a cut
 *  nothing can be told, and the rung stays. */
export function afterRequest(
  traffic: Traffic,
  novelty: number,
  card: LadderCard,
): { traffic: Traffic; choice?: RungChoice } {
  const { cut, sure: surely } = card.novelty;
  if (cut === null || card.ladder.rungs.length === 0) return { traffic };
  const window = observe(traffic.window, novelty > cut);
  const sure = surely ? observe(traffic.sure, novelty > surely.cut) : traffic.sure;
  return window.current.trials > 0 ? { traffic: { ...traffic, window, sure } } : chosenAnew({ window, sure }, card);
}

/** Of whoever asks, at most so many requests count where others ask too: a quarter of a full window. */
export const requestsOfOne = DEFAULT_WINDOW.requests / 4;

/** The traffic of several who ask, with the rung that it asks for together. One who asks alone counts in full. Among others nobody
 *  counts for more than 500 requests: a window that holds more is scaled down, so that one of them alone is never more than
 *  500/(500 + the others'), however often it asks. */
export function pooledTraffic(of: readonly Traffic[], card: LadderCard): { traffic: Traffic; choice: RungChoice } {
  return chosenAnew({ window: pooled(of, 'window'), sure: pooled(of, 'sure') }, card);
}

/** Requests of them together, and those above the cut. */
export function pooledCounts(of: readonly Traffic[]): Proportion {
  return windowCounts(pooled(of, 'window'));
}

function pooled(of: readonly Traffic[], which: 'window' | 'sure'): NoveltyWindow {
  const counts = of.map((traffic) => windowCounts(traffic[which]));
  return { full: counts.length > 1 ? counts.map(scaledDown) : counts, current: emptyWindow.current };
}

function scaledDown({ successes, trials }: Proportion): Proportion {
  const scale = Math.min(1, requestsOfOne / trials);
  return { successes: Math.round(successes * scale), trials: Math.min(trials, requestsOfOne) };
}

function chosenAnew({ window, sure }: Pick<Traffic, 'window' | 'sure'>, { novelty, ladder, guarantee }: LadderCard) {
  const { known, novel, sure: surely } = novelty;
  const choice = chooseRung(
    window,
    { known, novel },
    {
      shares: ladder.rungs.map(({ share }) => share),
      delta: 1 - guarantee.confidence,
      defaultShare: ladder.share,
      sure: surely && { window: sure, tails: surely },
    },
  );
  return { traffic: { window, sure, rung: choice.rung }, choice };
}

/** The lowest rung that withstands at least this share of never-seen requests; null where none does. */
export function rungWithstanding({ ladder }: Pick<LadderCard, 'ladder'>, share: number): number | null {
  const enough = ladder.rungs.filter((rung) => rung.share >= share);
  return enough.length === 0 ? null : Math.min(...enough.map((rung) => rung.share));
}
