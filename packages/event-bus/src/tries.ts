import { isFault } from '@retort/kernel';

/** What handling one message has come to so far. */
export interface Tries {
  /** In all. */
  count: number;
  /** Those that failed through the message, so far as one can know. */
  blamed: number;
  /** Before the next one. */
  pauseMs: number;
}

export const defaultAttempts = 5;
export const untried: Tries = { count: 0, blamed: 0, pauseMs: 0 };

const longestPauseMs = 30_000;
/** What was down may be back any moment. */
const longestPauseWhileDownMs = 5_000;

export function failed(before: Tries, error: unknown, firstPauseMs: number): Tries {
  const down = isDown(error);
  const pauseMs = firstPauseMs * 2 ** before.count;
  return {
    count: before.count + 1,
    blamed: before.blamed + (down ? 0 : 1),
    pauseMs: Math.min(pauseMs, down ? longestPauseWhileDownMs : longestPauseMs),
  };
}

/** Something that the handler needs does not answer. No message is to blame for that, and if each one that comes meanwhile
 *  were buried, an outage would end in a graveyard. */
function isDown(error: unknown): boolean {
  return isFault(error) && error.detail.retriable && error.detail.status === 503;
}
