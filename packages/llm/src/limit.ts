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
    // A place is handed over one at a time, so whoever was let in may find it taken only by its own kind.
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
      const place = line.indexOf(enter);
      if (place >= 0) line.splice(place, 1);
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
