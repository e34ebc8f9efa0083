import { learnThenTest, minimumServed, type Scored, type Threshold } from './thresholds.ts';

/** A decision with the slices it belongs to, e.g. one of its tool and one of its agent. */
export interface SliceScored extends Scored {
  slices: readonly string[];
}

export interface SliceGuarantees {
  /** G: so many slices share δ. */
  tested: number;
  /** Of each slice that was tested: its own threshold, or null where the slice alone does not keep the guarantee. A slice
   *  that has too few decisions to keep it at all is not here. */
  found: ReadonlyMap<string, Threshold | null>;
}

/** Learn then Test of each slice by itself at δ / G, so that with probability 1 − δ all guarantees found hold together
 *  (Bonferroni). Only slices with enough calibration decisions to keep the guarantee at all are tested: how many there are
 *  of a slice says nothing of whether they agree, so choosing by it costs nothing, and a slice that could never pass
 *  takes no share of δ from the others. */
export function learnThenTestPerSlice(question: {
  calibration: readonly SliceScored[];
  tune: readonly SliceScored[];
  target: number;
  delta: number;
}): SliceGuarantees {
  const { target, delta } = question;
  const calibration = bySlice(question.calibration);
  const tune = bySlice(question.tune);
  const largestFirst = [...calibration].sort(([, a], [, b]) => b.length - a.length);
  let tested = largestFirst.length;
  while (tested > 0 && largestFirst[tested - 1]![1].length < minimumServed(target, delta / tested)) tested--;
  const found = largestFirst.slice(0, tested).map(([slice, decisions]) => {
    const forStart = tune.get(slice) ?? [];
    const needed = minimumServed(target, delta / tested);
    return [
      slice,
      learnThenTest({
        calibration: decisions,
        tune: forStart,
        target,
        delta: delta / tested,
        // As many of the tuning decisions as leave enough of the calibration decisions, which are more.
        enough: Math.max(1, Math.ceil((needed * forStart.length) / decisions.length)),
      }),
    ] as const;
  });
  return { tested, found: new Map(found) };
}

function bySlice(scored: readonly SliceScored[]): Map<string, Scored[]> {
  const slices = new Map<string, Scored[]>();
  for (const one of scored)
    for (const slice of one.slices) {
      const known = slices.get(slice);
      if (known) known.push(one);
      else slices.set(slice, [one]);
    }
  return slices;
}
