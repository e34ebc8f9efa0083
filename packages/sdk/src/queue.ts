import type { Snapshot } from './snapshot.ts';

/** Decisions, the oldest first, within two bounds. What was taken still counts until it is released: a batch on its way
 *  is memory too. */
export interface BoundedQueue {
  /** false: it is full. */
  offer(snapshot: Snapshot): boolean;
  take(count: number): Snapshot[];
  release(snapshots: readonly Snapshot[]): void;
  /** Empties it, what was taken included, and says how many it held. */
  clear(): number;
  waiting(): number;
  held(): number;
}

export function boundedQueue(capacity: { decisions: number; characters: number }): BoundedQueue {
  const snapshots: Snapshot[] = [];
  let held = 0;
  let characters = 0;
  return {
    offer(snapshot) {
      if (held >= capacity.decisions || characters + snapshot.characters > capacity.characters) return false;
      snapshots.push(snapshot);
      held++;
      characters += snapshot.characters;
      return true;
    },
    take: (count) => snapshots.splice(0, count),
    release(batch) {
      held -= batch.length;
      for (const snapshot of batch) characters -= snapshot.characters;
    },
    clear() {
      const count = held;
      snapshots.length = held = characters = 0;
      return count;
    },
    waiting: () => snapshots.length,
    held: () => held,
  };
}
