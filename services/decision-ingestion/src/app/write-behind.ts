/** Hands items on in the background, all that came meanwhile at once. For what may be lost: a batch that cannot be
 *  written is dropped. */
export interface WriteBehind<Item> {
  add(items: readonly Item[]): void;
  /** Resolves when nothing waits and nothing is being written. */
  idle(): Promise<void>;
}

export function writeBehind<Item>(
  write: (items: readonly Item[]) => Promise<void>,
  { largest, onDropped }: { largest: number; onDropped?: (error: unknown) => void },
): WriteBehind<Item> {
  const waiting: Item[] = [];
  let writing: Promise<void> | undefined;
  async function writeAll(): Promise<void> {
    while (waiting.length > 0) await write(waiting.splice(0, largest)).catch((error: unknown) => onDropped?.(error));
    writing = undefined;
  }
  return {
    add(items) {
      for (const item of items) waiting.push(item);
      if (waiting.length > 0) writing ??= writeAll();
    },
    idle: async () => {
      await writing;
    },
  };
}
