import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition that something else brings about, asking again every few milliseconds; returns what it found.
 *  @throws Error naming what did not happen in time. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  withinMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await condition();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await delay(10);
  }
}
