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
