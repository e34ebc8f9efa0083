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
  /** How many of the decisions held refer to what decisions share: that is in memory once, as long as one does. */
  const references = new Map<object, number>();
  let held = 0;
  let characters = 0;

  function added(snapshot: Snapshot): number {
    let sum = snapshot.characters;
    for (const [part, weight] of snapshot.shared) if (!references.has(part)) sum += weight;
    return sum;
  }

  function forget({ characters: own, shared }: Snapshot): void {
    characters -= own;
    for (const [part, weight] of shared) {
      const others = (references.get(part) ?? 0) - 1;
      if (others > 0) references.set(part, others);
      else if (references.delete(part)) characters -= weight;
    }
  }

  return {
    offer(snapshot) {
      const more = added(snapshot);
      if (held >= capacity.decisions || characters + more > capacity.characters) return false;
      snapshots.push(snapshot);
      held++;
      characters += more;
      for (const part of snapshot.shared.keys()) references.set(part, (references.get(part) ?? 0) + 1);
      return true;
    },
    take: (count) => snapshots.splice(0, count),
    release(batch) {
      held -= batch.length;
      for (const snapshot of batch) forget(snapshot);
    },
    clear() {
      const count = held;
      snapshots.length = held = characters = 0;
      references.clear();
      return count;
    },
    waiting: () => snapshots.length,
    held: () => held,
  };
}
