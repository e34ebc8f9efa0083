import type { Judged } from './guarantee.ts';
import type { StudentCard } from './types.ts';

/** Turns with a call and turns of words, and what is served of them. */
export function turnCounts(deciding: readonly Judged[], isServed: (one: Judged) => boolean): StudentCard['turns'] {
  const called = deciding.filter((one) => one.called);
  const words = deciding.filter((one) => !one.called);
  const proposed = deciding.filter(({ tool }) => tool === null);
  return {
    tool: called.length,
    toolServed: called.filter(isServed).length,
    words: words.length,
    wordsServed: words.filter(isServed).length,
    wordsProposed: { successes: proposed.filter((one) => !one.called).length, trials: proposed.length },
  };
}
