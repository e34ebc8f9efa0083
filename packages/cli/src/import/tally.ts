import { reasons, type Reason } from '@retort/import';

/** What could not be used, counted by reason, with the first places of each. */
export interface Tally {
  add(reason: string, place: string): void;
  list(): Tallied[];
}
export interface Tallied {
  reason: string;
  message: string;
  count: number;
  /** `file:line`; the first few. */
  examples: string[];
}

const examplesKept = 5;
const reasonsKept = 100;

/** Reasons of the formats stand in words; any other is its own message. */
export function tally(): Tally {
  const counted = new Map<string, Tallied>();
  return {
    add(reason, place) {
      const known = counted.get(reason);
      // Messages of refusals may differ without end; their number stays bounded.
      const key = known || counted.size < reasonsKept ? reason : 'other';
      const entry = counted.get(key) ?? { reason: key, message: inWords(key), count: 0, examples: [] };
      entry.count += 1;
      if (entry.examples.length < examplesKept) entry.examples.push(place);
      counted.set(key, entry);
    },
    list: () => [...counted.values()].sort((left, right) => right.count - left.count),
  };
}

function inWords(reason: string): string {
  return Object.hasOwn(reasons, reason) ? reasons[reason as Reason] : reason;
}
