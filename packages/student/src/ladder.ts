import {
  DEFAULT_SHARE,
  ladder,
  LADDER_SHARES,
  minimumServed,
  THRESHOLD_GRID,
  type LadderSample,
  type Rung,
} from '@retort/statistics';

/** Confidences crowd where a student is good: the usual grid has nothing above .99. */
const GRID: readonly number[] = [0.9999, 0.9995, 0.999, 0.998, 0.996, 0.994, 0.992, ...THRESHOLD_GRID];

/** The rungs of a student. Each is tested with confidences stated for its own share of never-seen requests: what may pass where
 *  one request in a hundred is unheard of may not where one in five is. All hold at once with probability 1 − δ: the default
 *  rung is tested at δ/2, the others share the other half. */
export function rungsOf(question: {
  /** Turns and proxies that decide, and those that choose where walks begin. */
  samples(share: number): { deciding: LadderSample; tune: LadderSample };
  target: number;
  delta: number;
}): Rung[] {
  const { samples, target, delta } = question;
  return LADDER_SHARES.map((share) => {
    const { deciding, tune } = samples(share);
    const level = share === DEFAULT_SHARE ? delta / 2 : delta / (2 * (LADDER_SHARES.length - 1));
    // A walk may begin where the deciding turns, of which there are more, are likely to be enough.
    const needed = minimumServed(target, share === 0 ? level : level / 4);
    const enough = Math.ceil((needed * tune.known.length) / Math.max(1, deciding.known.length));
    const { rungs } = ladder({
      ...deciding,
      tune,
      target,
      delta: level,
      shares: [share],
      defaultShare: share,
      grid: GRID,
      minimumServed: enough,
    });
    return rungs[0]!;
  });
}

/** The lowest rung for at least this share of never-seen requests; the highest where there is none. */
export function rungFor<Of extends { share: number }>(rungs: readonly Of[], share: number): Of {
  return rungs.find((rung) => rung.share >= share) ?? rungs.at(-1)!;
}

/** The default rung or, where too few decisions show that it holds, the highest one below it that does: what is assumed is
 *  then less, and the card says how much. */
export function defaultRung(rungs: readonly Rung[]): Rung {
  const usual = rungFor(rungs, DEFAULT_SHARE);
  if (usual.threshold !== null) return usual;
  return rungs.findLast(({ share, threshold }) => share < usual.share && threshold !== null) ?? usual;
}
