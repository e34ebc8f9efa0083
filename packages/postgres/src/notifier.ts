import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { identifier } from './identifier.ts';
import type { Database } from './port.ts';

/** Notifies waiting readers that there may be something new: at once within this process, through NOTIFY between processes.
 *  A lost notification costs waiting time and never correctness, because readers also poll. */
export interface Notifier {
  /** Grows with every notification. Read it before reading the data, and pass it to `after`. */
  readonly count: number;
  /** Announces that there is something new. Other processes are notified at most every few milliseconds: NOTIFY takes a
   *  lock that all committing transactions share, so it is kept out of them. */
  notify(): void;
  /** Like `notify`, for this process alone. */
  notifyLocally(): void;
  /** Resolves when a notification came after `count`, the time is over, or the signal aborts. Never rejects. */
  after(count: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<void>;
  close(): Promise<void>;
}

const throttleMs = 20;
const maxPauseMs = 5_000;

export function openNotifier({ db, channel }: { db: Database; channel: string }): Notifier {
  const name = identifier(channel);
  const waiting = new Set<() => void>();
  const closing = new AbortController();
  let count = 0;
  let listening: Promise<void> | undefined;
  let announcing: Promise<void> | undefined;
  let announceAgain = false;

  const notifyLocally = () => {
    count++;
    for (const resume of [...waiting]) resume();
  };

  const announce = async () => {
    do {
      announceAgain = false;
      await db.query('select pg_notify($1, $2)', [name, '']).catch(() => undefined); // a lost notification
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
        notifyLocally(); // whatever was announced while the connection was down
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
    client.on('notification', notifyLocally);
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
    notifyLocally,
    notify: () => {
      notifyLocally();
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
