const firstMs = 250;
const longestMs = 30_000;
const longestAskedMs = 300_000;

/** Milliseconds before the next attempt, after `attempt` (from 1) failed: exponential, half of it at random ("equal
 *  jitter", AWS Architecture Blog, "Exponential Backoff And Jitter", 2015), so that a fleet does not return in step. */
export function backOffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** (attempt - 1));
  return ceiling / 2 + random() * (ceiling / 2);
}

/** Milliseconds that a `Retry-After` header asks for (RFC 9110 §10.2.3: seconds or a date), at most five minutes; 0
 *  where it says nothing. */
export function retryAfterMs(header: string | null, now: number): number {
  if (header === null) return 0;
  const asked = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(asked) ? Math.min(longestAskedMs, Math.max(0, asked)) : 0;
}

/** The longest that a timer can wait: one that is asked for more, for `Infinity` say, fires at once. */
const longestTimerMs = 2 ** 31 - 1;

export function timerMs(milliseconds: number): number {
  return Math.min(longestTimerMs, milliseconds);
}

/** The host's own back-off where it gives one that is a time; ours where that throws or answers anything else. */
export function backOffOf(given: ((attempt: number) => number) | undefined): (attempt: number) => number {
  return (attempt) => {
    try {
      const milliseconds = given?.(attempt) ?? NaN;
      return milliseconds >= 0 ? milliseconds : backOffMs(attempt);
    } catch {
      return backOffMs(attempt);
    }
  };
}
