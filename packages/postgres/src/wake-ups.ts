import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { identifier } from './identifier.ts';
import type { Database } from './port.ts';

/** A hint that there may be something new, within this process at once and between processes through NOTIFY. Only a
 *  hint: a lost one costs waiting time, never correctness, because whoever waits also looks by itself now and then. */
export interface WakeUps {
  /** Grows with every hint. Read it before looking, and pass it to `after`. */
  readonly count: number;
  /** Says that there is something new. Other processes hear of it at most every few milliseconds: NOTIFY takes a lock
   *  that all committing transactions share, so it is kept out of them. */
  wake(): void;
  /** Like `wake`, for this process alone. */
  nudge(): void;
  /** Resolves when a hint came after `count`, the time is over, or the signal aborts. Never rejects. */
  after(count: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

const throttleMs = 20;
const maxPauseMs = 5_000;

export function wakeUps({ db, channel }: { db: Database; channel: string }): WakeUps {
  const name = identifier(channel);
  const waiting = new Set<() => void>();
  const closing = new AbortController();
  let count = 0;
  let listening: Promise<void> | undefined;
  let announcing: Promise<void> | undefined;
  let announceAgain = false;

  const wakeLocal = () => {
    count++;
    for (const resume of [...waiting]) resume();
  };

  const announce = async () => {
    do {
      announceAgain = false;
      await db.query('select pg_notify($1, $2)', [name, '']).catch(() => undefined); // a lost hint
      await pause(throttleMs);
    } while (announceAgain && !closing.signal.aborted);
    announcing = undefined;
  };
  const pause = (milliseconds: number) =>
    delay(milliseconds, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);

  const listen = async () => {
    for (let wait = 100; !closing.signal.aborted; wait = Math.min(wait * 2, maxPauseMs)) {
      const client = await db.pool.connect().catch(() => undefined);
      if (client) {
        wait = 100;
        await listenOn(client);
        wakeLocal(); // whatever was announced while the connection was down
      }
      await pause(wait);
    }
  };
  const listenOn = async (client: PoolClient) => {
    const lost = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
      closing.signal.addEventListener('abort', () => resolve(), { once: true });
      // Closed while the connection was made: the signal will not say so again.
      if (closing.signal.aborted) resolve();
    });
    client.on('notification', wakeLocal);
    try {
      await client.query(`listen ${name}`);
      await lost;
    } catch {
      // lost at once: the caller tries again
    } finally {
      client.release(true);
    }
  };

  return {
    get count() {
      return count;
    },
    nudge: wakeLocal,
    wake: () => {
      wakeLocal();
      if (announcing) announceAgain = true;
      else announcing = announce();
    },
    after: (seen, { timeoutMs, signal }) => {
      if (count > seen || signal?.aborted || closing.signal.aborted) return Promise.resolve();
      listening ??= listen();
      return new Promise<void>((resolve) => {
        const resume = () => {
          waiting.delete(resume);
          clearTimeout(timer);
          signal?.removeEventListener('abort', resume);
          resolve();
        };
        const timer = setTimeout(resume, timeoutMs);
        waiting.add(resume);
        signal?.addEventListener('abort', resume, { once: true });
      });
    },
    close: async () => {
      closing.abort();
      for (const resume of [...waiting]) resume();
      await Promise.all([listening, announcing]);
    },
  };
}
