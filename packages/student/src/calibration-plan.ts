import type { Configuration } from './configuration.ts';
import { splitDecisions } from './split.ts';
import type { StudentCard } from './types.ts';

export interface CalibrationPlan {
  method: StudentCard['calibration']['method'];
  /** Each with the folds that its tool head does not learn from. */
  rounds: { folds: number[]; train: Int32Array; measure: Int32Array }[];
  /** What the served student learns from. */
  served: Int32Array;
  /** Fold of each decision. */
  fold: Int32Array;
  /** In which fold each decision is measured, one of its round's; anything else where it is in none. */
  measuredBy: Int32Array;
  folds: number;
  tune: Uint8Array;
}

/** Many decisions: one fifth is held out, and the served student never sees it. Few: every fold is answered by a student
 *  that did not learn from it. Fewer than two sessions: nothing can be measured. What does not calibrate is measured by none. */
export function planCalibration(
  keys: readonly string[],
  configuration: Configuration,
  seed: number,
  calibrates: (row: number) => boolean = () => true,
): CalibrationPlan {
  const distinct = new Set(keys).size;
  const isHeldOut = keys.length >= configuration.holdOutFrom;
  const count = Math.max(2, Math.min(configuration.folds, distinct));
  const each = isHeldOut ? 1 : configuration.argumentFolds;
  const { fold, tune, heldOut } = splitDecisions(keys, { folds: count * each, seed });
  const rows = Int32Array.from(keys.keys());
  const plan = { fold, folds: count * each, tune };
  if (isHeldOut) {
    const served = rows.filter((row) => heldOut[row] === 0);
    const measure = rows.filter((row) => heldOut[row] === 1 && calibrates(row));
    const measuredBy = Int32Array.from(heldOut, (held, row) => (held === 1 && calibrates(row) ? -1 : 0));
    return { ...plan, measuredBy, method: 'held-out', rounds: [{ folds: [-1], train: served, measure }], served };
  }
  const roundOf = (row: number) => fold[row]! % count;
  const rounds = Array.from({ length: count }, (_, index) => ({
    folds: Array.from({ length: each }, (_, part) => index + part * count),
    train: rows.filter((row) => roundOf(row) !== index),
    measure: rows.filter((row) => roundOf(row) === index && calibrates(row)),
  })).filter(({ train, measure }) => train.length > 0 && measure.length > 0);
  return { ...plan, measuredBy: fold, method: rounds.length === 0 ? 'none' : 'cross-fitted', rounds, served: rows };
}
