import type { LoggedEvent, ProposedEvent, Verdict } from './logged-event.ts';

/** The ids of the events written last: all that a write with the expectation `any` is compared with. */
export function recentIds(capacity: number) {
  const known = new Map<string, LoggedEvent>();
  return {
    add(event: LoggedEvent): void {
      known.delete(event.id);
      known.set(event.id, event);
      if (known.size > capacity) known.delete(known.keys().next().value!);
    },
    clear: () => known.clear(),
    /** A verdict when the write is a repetition or a part of it is; undefined when its first event is new here. */
    judge(stream: string, proposed: readonly ProposedEvent[], current: number): Verdict | undefined {
      let last: LoggedEvent | undefined;
      for (const [index, event] of proposed.entries()) {
        const same = known.get(event.id);
        if (same?.stream !== stream) return index === 0 ? undefined : { kind: 'wrong-expected-version', current };
        last = same;
      }
      return last && { kind: 'idempotent', revision: last.revision, position: last.position };
    },
  };
}
