import { ascending } from '../../features/order.ts';
import type { TaggerModel } from './model.ts';

/** A model's weights as `tally` adds them (`assembly/tagger.ts`): whole steps of 16 bits. A feature that speaks of many labels
 *  has a row of all of them, one that speaks of few has its labels and weights in one or two fours. What speaks of the most
 *  comes first, for it is met the most often. */
export interface TaggerRows {
  /** Of each feature, where its numbers begin and what they are; see `entryOf`. */
  entries: Int32Array;
  numbers: Int16Array;
  /** What a step weighs. */
  step: number;
}

/** Labels of a row, padded: sixteen bits each fill cache lines. */
export function rowLabels(columns: number): number {
  // One more than there are, which no feature speaks of.
  return Math.ceil((columns + 1) / 32) * 32;
}

const FOUR = 4;
const MOST_IN_FOURS = 2 * FOUR;
const ROW = 3;
/** Where things begin is told in units of sixteen bytes. */
const UNIT = 8;

export function layOutRows({ keys, offsets, labels, weights }: TaggerModel, columns: number): TaggerRows {
  const counts = new Int32Array(keys.length);
  for (let feature = 0; feature < keys.length; feature++) counts[feature] = offsets[feature + 1]! - offsets[feature]!;
  const order = ascending(counts.map((count) => labels.length - count));
  const rowLength = rowLabels(columns);
  const entries = new Int32Array(keys.length);
  let length = 0;
  for (let rank = 0; rank < order.length; rank++) {
    const feature = order[rank]!;
    const fours = Math.ceil(counts[feature]! / FOUR);
    const isRow = counts[feature]! > MOST_IN_FOURS;
    entries[feature] = entryOf(length, isRow ? ROW : fours);
    length += isRow ? rowLength : fours * UNIT;
  }
  const numbers = new Int16Array(length);
  let largest = 0;
  for (let entry = 0; entry < weights.length; entry++) largest = Math.max(largest, Math.abs(weights[entry]!));
  const step = largest === 0 ? 1 : largest / 32767;
  for (let feature = 0; feature < keys.length; feature++) {
    const isRow = (entries[feature]! & 3) === ROW;
    let at = (entries[feature]! >> 2) * UNIT;
    for (let entry = offsets[feature]!; entry < offsets[feature + 1]!; entry++) {
      const steps = Math.round(weights[entry]! / step);
      if (isRow) numbers[at + labels[entry]!] = steps;
      else {
        numbers[at++] = steps;
        numbers[at++] = labels[entry]!;
      }
    }
  }
  return { entries, numbers, step };
}

/** 1 and 2: so many fours, each of a weight and its label four times; 3: a row. 0 is what the model does not know. */
function entryOf(begin: number, kind: number): number {
  return ((begin / UNIT) << 2) | kind;
}
