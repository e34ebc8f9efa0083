import { hash32, type JsonObject } from '@retort/kernel';
import { pathKey, readPath } from './paths.ts';
import type { Signal } from '../programs/program.ts';
import { mix } from '../values/tokens.ts';

/** A signal ready for use: `place` is the hash of its path. */
export type PreparedSignal = Signal & { place: number };

export function prepareSignals(signals: readonly Signal[]): PreparedSignal[] {
  return signals.map((signal) => ({ ...signal, place: hash32(pathKey(signal.path)) | 0 }));
}

/** Hashes of what the signals of a tool say about a context. */
export function readSignals(context: JsonObject, signals: readonly PreparedSignal[]): number[] {
  const hashes: number[] = [];
  for (const { path, thresholds, place } of signals) {
    const value = readPath(context, path);
    if (value === undefined) continue;
    if (thresholds !== undefined) {
      if (typeof value !== 'number') continue;
      for (let index = 0; index < thresholds.length; index++)
        hashes.push(mix(place, (value > thresholds[index]! ? 1000 : 2000) + index));
    } else hashes.push(mix(place, hash32(typeof value === 'string' ? value.slice(0, 64) : JSON.stringify(value))));
  }
  return hashes;
}
