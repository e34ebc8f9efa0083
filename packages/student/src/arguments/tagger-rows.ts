import { ascending } from '../features/order.ts';
import type { TaggerModel } from './tagger.ts';

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
/** Sums are cut off at so many times the largest weight, which decides by itself. */
const HEADROOM = 8;

export function layOutRows({ keys, offsets, labels, weights }: TaggerModel, columns: number): TaggerRows {
  const count = (feature: number) => offsets[feature + 1]! - offsets[feature]!;
  const order = ascending(keys.map((_, feature) => labels.length - count(feature)));
  const rowLength = rowLabels(columns);
  const entries = new Int32Array(keys.length);
  let length = 0;
  for (const feature of order) {
    const fours = Math.ceil(count(feature) / FOUR);
    const isRow = count(feature) > MOST_IN_FOURS;
    entries[feature] = entryOf(length, isRow ? ROW : fours);
    length += isRow ? rowLength : fours * UNIT;
  }
  const numbers = new Int16Array(length);
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  const step = largest === 0 ? 1 : (largest * HEADROOM) / 32767;
  for (let feature = 0; feature < keys.length; feature++) {
    const begin = (entries[feature]! >> 2) * UNIT;
    const isRow = (entries[feature]! & 3) === ROW;
    for (let index = 0; index < count(feature); index++) {
      const label = labels[offsets[feature]! + index]!;
      const steps = Math.round(weights[offsets[feature]! + index]! / step);
      if (isRow) numbers[begin + label] = steps;
      else {
        numbers[begin + 2 * index] = steps;
        numbers[begin + 2 * index + 1] = label;
      }
    }
  }
  return { entries, numbers, step };
}

/** 1 and 2: so many fours, each of a weight and its label four times; 3: a row. 0 is what the model does not know. */
function entryOf(begin: number, kind: number): number {
  return ((begin / UNIT) << 2) | kind;
}
