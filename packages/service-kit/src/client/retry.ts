import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@retort/kernel';

const attempts = 4;
const longestWaitMs = 5_000;

/** Tries again what a fault calls retriable: up to four times, after Retry-After or with exponential back-off and full
 *  jitter. A server that asks for more patience than five seconds gets no second try here. */
export async function retrying<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !isFault(error) || !error.detail.retriable) throw error;
      const asked = error.detail.retryAfter === undefined ? null : error.detail.retryAfter * 1000;
      if (asked !== null && asked > longestWaitMs) throw error;
      await delay(asked ?? Math.random() * 100 * 2 ** attempt, undefined, signal ? { signal } : {});
    }
  }
}
