import type { Clock } from '@retort/kernel';

/** A clock that stands still until it is told to move. */
export interface FakeClock {
  now: Clock;
  /** Moves it forward. */
  advance(milliseconds: number): void;
  set(time: string | Date): void;
}

export function fakeClock(start: string | Date = '2026-01-01T00:00:00.000Z'): FakeClock {
  let time = new Date(start).getTime();
  return {
    now: () => new Date(time),
    advance: (milliseconds) => {
      time += milliseconds;
    },
    set: (to) => {
      time = new Date(to).getTime();
    },
  };
}
