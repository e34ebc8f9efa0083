import { setMaxListeners } from 'node:events';
import { fault } from '@retort/kernel';
import { InvalidArgumentError } from 'commander';

/** What a shell expects of a program that was stopped by Ctrl-C. */
export const interruptedExitCode = 130;

/** A rate strictly between 0 and 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('expected a number between 0 and 1, such as 0.93.');
  return value;
}

/** An amount of money. */
export function price(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError('expected an amount, such as 2.50.');
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

/** One Ctrl-C reaches us from the terminal, and again from every package manager between it and us. */
const echoMs = 1_000;

/** Aborts on the first Ctrl-C or SIGTERM with `cli.interrupted`, so that the platform is stopped in order; the second
 *  one ends at once. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  // Every request under way listens: many at once are no leak.
  setMaxListeners(0, controller.signal);
  let firstAt = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) {
        if (performance.now() - firstAt < echoMs) return;
        process.exit(interruptedExitCode);
      }
      firstAt = performance.now();
      controller.abort(fault('cli.interrupted', { public: 'stopped' }));
    });
  }
  return controller.signal;
}
