import type { Expected, LoggedEvent, ProposedEvent, Verdict } from './logged-event.ts';
import { recentIds } from './recent-ids.ts';

/** What a record takes in the log besides its own bytes. */
const recordOverhead = 130;

/** The log of one server, in memory: kept while the server restarts, as a disk would. */
export interface ServerLog {
  readonly events: readonly LoggedEvent[];
  append(write: { stream: string; expected: Expected; events: readonly ProposedEvent[] }): Verdict;
  /** Empties what stands in the server's memory: the ids of the events written last. */
  forget(): void;
  stream(name: string): readonly LoggedEvent[] | undefined;
  /** Index of the first event at or above the position. */
  indexOf(position: number): number;
  /** Resolves when something was appended after now, or the signal aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

/** @param recentEventIds how many event ids the log remembers for writes that expect nothing in particular */
export function serverLog({ recentEventIds }: { recentEventIds: number }): ServerLog {
  const events: LoggedEvent[] = [];
  const streams = new Map<string, LoggedEvent[]>();
  const recent = recentIds(recentEventIds);
  const waiting = new Set<() => void>();
  let nextPosition = 0;

  const store = (stream: string, proposed: readonly ProposedEvent[]): Verdict => {
    let own = streams.get(stream);
    if (!own) streams.set(stream, (own = []));
    const created = String(BigInt(Date.now()) * 10_000n);
    for (const event of proposed) {
      const logged: LoggedEvent = { ...event, stream, revision: own.length, position: nextPosition, created };
      nextPosition += recordOverhead + 2 * (stream.length + event.type.length) + event.data.length;
      nextPosition += event.metadata.length;
      own.push(logged);
      events.push(logged);
      recent.add(logged);
    }
    for (const resume of waiting) resume();
    waiting.clear();
    return { kind: 'stored', revision: own.length - 1, position: own.at(-1)?.position ?? -1 };
  };

  return {
    events,
    append({ stream, expected, events: proposed }) {
      const own = streams.get(stream) ?? [];
      const current = own.length - 1;
      const wrong: Verdict = { kind: 'wrong-expected-version', current };
      if (expected === 'any' || expected === 'stream-exists') {
        if (expected === 'stream-exists' && current < 0) return wrong;
        return recent.judge(stream, proposed, current) ?? store(stream, proposed);
      }
      const revision = expected === 'no-stream' ? -1 : expected;
      if (revision > current) return wrong;
      if (revision === current) return store(stream, proposed);
      // Below the present end: the same write again, whatever was written after it, or a conflict.
      if (!proposed.every((event, index) => own[revision + 1 + index]?.id === event.id)) return wrong;
      const last = own[revision + proposed.length]!;
      return { kind: 'idempotent', revision: last.revision, position: last.position };
    },
    forget: () => recent.clear(),
    stream: (name) => streams.get(name),
    indexOf(position) {
      let low = 0;
      let high = events.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (events[middle]!.position < position) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    changed: (signal) =>
      new Promise((resolve) => {
        const resume = () => {
          signal.removeEventListener('abort', resume);
          waiting.delete(resume);
          resolve();
        };
        waiting.add(resume);
        signal.addEventListener('abort', resume, { once: true });
        if (signal.aborted) resume();
      }),
  };
}
