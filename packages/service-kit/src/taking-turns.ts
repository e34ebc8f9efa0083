import { setImmediate } from 'node:timers/promises';

/** Work of many pieces gives the event loop back between them, whenever it has had it for so long: call it after each piece. */
export function takingTurns(longestMs = 5): () => Promise<void> | void {
  let began = performance.now();
  return () => {
    if (performance.now() - began < longestMs) return;
    return setImmediate().then(() => {
      began = performance.now();
    });
  };
}

/** How long work of so many pieces may have the event loop at a time, in milliseconds: a few pieces are in nobody's way, and what
 *  piles up under load is not left to starve. */
export const sliceFor = (pieces: number): number => Math.min(5, Math.max(1, pieces / 100));
