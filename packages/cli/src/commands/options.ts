import { setMaxListeners } from 'node:events';
import { InvalidArgumentError } from 'commander';

/** A rate strictly between 0 and 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('expected a number between 0 and 1, such as 0.93.');
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number above 0.');
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number.');
  return value;
}

/** Aborts on the first Ctrl-C or SIGTERM, so that the platform is stopped in order; the second one ends at once. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  // Every request under way listens: many at once are no leak.
  setMaxListeners(0, controller.signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error(signal));
    });
  }
  return controller.signal;
}
