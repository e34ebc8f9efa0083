import { canonicalJson, hash32 } from '@retort/kernel';
import type { TaughtDecision } from './types.ts';

/** Which decisions must never be on two sides of a split: those of one session, and repeats of one context. */
export function splitKey({ group, context }: TaughtDecision): string {
  return group === undefined ? `context ${canonicalJson(context)}` : `group ${group}`;
}

export interface Split {
  /** Fold of each decision, 0 … folds − 1. */
  fold: Int32Array;
  /** One fifth, to be learnt from by nobody. */
  heldOut: Uint8Array;
  /** Tunes temperatures and the calibration of calls; the others, and only they, choose the threshold. */
  tune: Uint8Array;
}

const TUNE_PERCENT = 30;
const HELD_OUT_PERCENT = 20;

/** Deals decisions into folds by the hash of their split key: the same decision always falls the same way. */
export function splitDecisions(keys: readonly string[], { folds, seed }: { folds: number; seed: number }): Split {
  return {
    fold: Int32Array.from(keys, (key) => hash32(key, seed) % folds),
    heldOut: Uint8Array.from(keys, (key) => (hash32(key, seed + 0x2c1b) % 100 < HELD_OUT_PERCENT ? 1 : 0)),
    tune: Uint8Array.from(keys, (key) => (hash32(key, seed + 0x5bd1) % 100 < TUNE_PERCENT ? 1 : 0)),
  };
}
