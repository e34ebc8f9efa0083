/** Decisions as JSON text, the oldest first, within two bounds. What was taken still counts until it is released: a
 *  batch on its way is memory too. */
export interface BoundedQueue {
  /** false: it is full. */
  offer(line: string): boolean;
  /** The next batch, within the given bounds, but at least one line. */
  take(bounds: QueueBounds): string[];
  release(batch: readonly string[]): void;
  /** Empties it, what was taken included, and says how many lines it held. */
  clear(): number;
  waiting(): number;
  held(): number;
}

export interface QueueBounds {
  lines: number;
  /** UTF-16 code units. */
  characters: number;
}

export function boundedQueue(capacity: QueueBounds): BoundedQueue {
  const lines: string[] = [];
  let held = 0;
  let characters = 0;
  return {
    offer(line) {
      if (held >= capacity.lines || characters + line.length > capacity.characters) return false;
      lines.push(line);
      held++;
      characters += line.length;
      return true;
    },
    take(bounds) {
      let count = 0;
      let size = 0;
      while (count < Math.min(lines.length, bounds.lines)) {
        size += lines[count]!.length;
        if (count > 0 && size > bounds.characters) break;
        count++;
      }
      return lines.splice(0, count);
    },
    release(batch) {
      held -= batch.length;
      for (const line of batch) characters -= line.length;
    },
    clear() {
      const count = held;
      lines.length = held = characters = 0;
      return count;
    },
    waiting: () => lines.length,
    held: () => held,
  };
}
