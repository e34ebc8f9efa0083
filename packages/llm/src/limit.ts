/** Runs at most `limit` pieces of work at a time; the rest wait in line. */
export type Limiter = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

export function concurrencyLimit(limit: number): Limiter {
  let running = 0;
  const line: (() => void)[] = [];
  const leave = () => {
    running -= 1;
    line.shift()?.();
  };
  return async (work, signal) => {
    // Slots are handed over one at a time, so a caller that was let in competes only with others that were.
    while (running >= limit) await turn(line, signal);
    running += 1;
    try {
      signal?.throwIfAborted();
      return await work();
    } finally {
      leave();
    }
  };
}

function turn(line: (() => void)[], signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      const index = line.indexOf(enter);
      if (index >= 0) line.splice(index, 1);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const enter = () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    line.push(enter);
  });
}
