import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isFault } from '@retort/kernel';
import { sparingLog } from './sparing-log.ts';
import type { Loop } from './types.ts';

export interface Supervised {
  name: string;
  /** Throws while the loop is down. */
  check(): Promise<void>;
  /** Resolves when the loop has ended after the signal. */
  ended: Promise<void>;
}

export interface SupervisionOptions {
  signal: AbortSignal;
  log: Logger;
  /** Milliseconds before the first restart, doubled each time up to `longestMs`; 250 and 30 000 when absent. */
  firstMs?: number;
  longestMs?: number;
}

/** Keeps a loop running until the signal aborts. One that throws, or ends by itself, is started again with back-off; a
 *  loop that ran for a minute begins anew with the shortest. */
export function supervise(loop: Loop, options: SupervisionOptions): Supervised {
  const { signal, log, firstMs = 250, longestMs = 30_000 } = options;
  const said = sparingLog(log);
  let down = false;
  async function keepRunning(): Promise<void> {
    let wait = firstMs;
    while (!signal.aborted) {
      const startedAt = performance.now();
      down = false;
      const failure = await loop.run(signal).then(
        () => new Error('the loop ended by itself'),
        (error: unknown) => error,
      );
      if (signal.aborted) return;
      down = true;
      if (performance.now() - startedAt > 60_000) wait = firstMs;
      // What is wrong with a server is said where it is met: a stack for every attempt would bury it.
      if (isFault(failure)) said.trouble(loop.name, `${loop.name}: ${failure.detail.public}`, { code: failure.code });
      else log.error({ loop: loop.name, again_in_ms: wait, err: failure }, 'a loop failed');
      await delay(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, longestMs);
    }
  }
  return {
    name: loop.name,
    check: async () => {
      if (down) throw new Error(`${loop.name} is down`);
    },
    ended: keepRunning(),
  };
}
