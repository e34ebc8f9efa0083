import { canonicalJson, type JsonObject } from '@retort/kernel';
import type { Configuration } from '@retort/student';
import type { GateReason } from './gate-reason.ts';

/** One training that was tried, and why the gate refused its student. */
export interface Attempt {
  configuration: JsonObject;
  refused: readonly GateReason[];
}

export type NextAttempt =
  { action: 'train'; configuration: JsonObject; because: string } | { action: 'stop'; because: string };

/** Reasons that another configuration cannot mend: only other data can. */
const dataReasons = new Set(['gate.too-few-decisions', 'gate.leakage', 'gate.rolled-back']);

/** What is tried, in this order. The defaults come first; then students that are held back more, whose confidence ranks
 *  better when labels are noisy; then longer training with rare features kept, for data that are few but clean. */
const configurations: readonly { configuration: Partial<Configuration>; because: string }[] = [
  { configuration: {}, because: 'the defaults come first' },
  {
    configuration: { dropout: 0.5, hiddenDropout: 0.4, epochs: 12 },
    because: 'a student that is held back ranks its own confidence better when the teacher contradicts itself',
  },
  {
    configuration: { epochs: 20, minimumRows: 1 },
    because: 'rare words may tell apart what was confused so far',
  },
];

/** Decides what to train next after these refusals. Bounded: each configuration is tried once, at most `limit` times in
 *  all. */
/** What a search compares, the configuration of its attempt first. */
export function searchSpace(first: JsonObject, candidates: number): JsonObject[] {
  const others = searched.map((configuration): JsonObject => ({ ...configuration }));
  const isFirst = (configuration: JsonObject) => canonicalJson(configuration) === canonicalJson(first);
  return [first, ...others.filter((configuration) => !isFirst(configuration))].slice(0, candidates);
}

const searched: readonly Partial<Configuration>[] = [
  {},
  { dropout: 0.5, hiddenDropout: 0.4, epochs: 12 },
  { epochs: 20, minimumRows: 1 },
  { pairsWeight: 1, charactersWeight: 0.7 },
  { hidden: 64, networks: 1 },
  { networks: 1, epochs: 12, learningRate: 0.05 },
];

export function nextAttempt(attempts: readonly Attempt[], limit: number): NextAttempt {
  const last = attempts.at(-1);
  const unmendable = last?.refused.filter(({ code }) => dataReasons.has(code)) ?? [];
  if (unmendable.length > 0)
    return {
      action: 'stop',
      because: `No configuration mends this: ${unmendable.map(({ message }) => message).join(' ')}`,
    };
  const next = configurations[attempts.length];
  if (next && attempts.length < limit)
    return { action: 'train', configuration: { ...next.configuration }, because: next.because };
  const reasons = last?.refused.map(({ message }) => message).join(' ') ?? '';
  return { action: 'stop', because: `${attempts.length} configurations were tried and refused. The last: ${reasons}` };
}
