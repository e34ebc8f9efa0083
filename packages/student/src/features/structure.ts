import type { JsonObject } from '@retort/kernel';
import { bestSplit, roundest } from '../thresholds.ts';
import { readContext } from './context.ts';

/** What is known about one JSON path of the contexts. */
export interface PathStatistics {
  /** At most twelve, at the quantiles of the numbers seen there: what a number means depends on where it stands. */
  edges: number[];
  /** Numbers that part the calls of two tools: where a rule says "above 10,000". */
  thresholds: number[];
  /** Few values: worth reading together with every word of the text. */
  category: boolean;
}

/** By JSON path. */
export type Structure = ReadonlyMap<string, PathStatistics>;

const EDGES = 12;
const MOST_CATEGORIES = 12;
const MOST_THRESHOLDS = 8;
/** Tools compared with each other per place, the most called first. */
const MOST_TOOLS = 48;

interface Seen {
  values: Set<unknown>;
  numbers: { x: number; label: string | null | undefined }[];
  count: number;
}

/** Learns the places of contexts. `tools` are the calls, for the thresholds; without them there are none. */
export function learnStructure(
  contexts: readonly JsonObject[],
  tools: readonly (string | null | undefined)[] = [],
): Structure {
  const seen = new Map<string, Seen>();
  contexts.forEach((context, row) => {
    for (const { path, value } of readContext(context).leaves) {
      const place = seen.get(path) ?? { values: new Set(), numbers: [], count: 0 };
      place.count++;
      if (place.values.size <= MOST_CATEGORIES) place.values.add(value);
      if (typeof value === 'number' && Number.isFinite(value)) place.numbers.push({ x: value, label: tools[row] });
      seen.set(path, place);
    }
  });
  const structure = new Map<string, PathStatistics>();
  for (const [path, { values, numbers, count }] of seen) {
    const few = values.size >= 2 && values.size <= MOST_CATEGORIES && count >= 3 * values.size;
    const place: PathStatistics = {
      edges: quantileEdges(numbers.map(({ x }) => x)),
      thresholds: ruleThresholds(numbers.flatMap(({ x, label }) => (label === undefined ? [] : [{ x, label }]))),
      category: few && numbers.length < count / 2,
    };
    if (place.edges.length > 0 || place.category) structure.set(path, place);
  }
  return structure;
}

function quantileEdges(numbers: readonly number[]): number[] {
  if (numbers.length === 0) return [];
  const sorted = Float64Array.from(numbers).sort();
  const edges = new Set<number>();
  for (let edge = 1; edge <= EDGES; edge++)
    edges.add(sorted[Math.min(sorted.length - 1, Math.floor((edge * sorted.length) / (EDGES + 1)))]!);
  return [...edges];
}

/** Compares every two tools that were called with a number at this place, and keeps the splits that tell them apart nearly
 *  always: a rule leaves no other trace in the decisions. */
function ruleThresholds(numbers: readonly { x: number; label: string | null }[]): number[] {
  const byTool = new Map<string | null, { x: number; label: string | null }[]>();
  for (const point of numbers) {
    const points = byTool.get(point.label);
    if (points) points.push(point);
    else byTool.set(point.label, [point]);
  }
  const tools = [...byTool.values()]
    .filter(({ length }) => length >= FEWEST_CALLS)
    .sort((a, b) => b.length - a.length)
    .slice(0, MOST_TOOLS);
  const found = new Map<number, number>();
  tools.forEach((some, index) => {
    for (const others of tools.slice(index + 1)) {
      const points = [...some, ...others].sort((a, b) => a.x - b.x);
      const { at, gain } = bestSplit(points);
      const mixed = (2 * some.length * others.length) / points.length;
      if (at === 0 || gain < PURITY * mixed) continue;
      const threshold = roundest(points[at - 1]!.x, points[at]!.x);
      found.set(threshold, (found.get(threshold) ?? 0) + gain);
    }
  });
  return [...found]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_THRESHOLDS)
    .map(([threshold]) => threshold);
}

const FEWEST_CALLS = 6;
/** The share of the mixture that a split has to remove. */
const PURITY = 0.7;

/** The number of edges at or below the value; -1 where there are none, or for a value that is not a number. */
export function bucketOf({ edges }: PathStatistics, value: number): number {
  if (edges.length === 0 || Number.isNaN(value)) return -1;
  let bucket = 0;
  while (bucket < edges.length && value >= edges[bucket]!) bucket++;
  return bucket;
}
