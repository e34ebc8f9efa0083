import type { Proportion } from './intervals.ts';
import { chooseRung, emptyWindow, observe, type NoveltyWindow, type RungChoice } from './novel-share.ts';

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
  const { cut, known, novel, sure: surely } = card.novelty;
  if (cut === null || card.ladder.rungs.length === 0) return { traffic };
  const window = observe(traffic.window, novelty > cut);
  const sure = surely ? observe(traffic.sure, novelty > surely.cut) : traffic.sure;
  if (window.current.trials > 0) return { traffic: { ...traffic, window, sure } };
  const choice = chooseRung(
    window,
    { known, novel },
    {
      shares: card.ladder.rungs.map(({ share }) => share),
      delta: 1 - card.guarantee.confidence,
      defaultShare: card.ladder.share,
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
