import type { Random } from '@retort/kernel';
import { countAudit, isRefuted, noAudits, spentDelta } from '../src/index.ts';

const allowed = 0.07;
const delta = 0.05;
const slices = 8;
/** Requests that a version serves of each slice. */
const servedPerVersion = 4000;
/** True errors of the kinds of request in a slice; the mix of the kinds drifts, and never exceeds `allowed`. */
const kindErrors = [0.01, 0.06, 0.12];

/** Lifetimes in which every slice is sound at all times, half of them exactly at what is allowed: the hardest sound ones.
 *  The k-th version of a model spends δ_k. */
export function simulateLifetimes(
  random: Random,
  { lifetimes, versions, probability }: { lifetimes: number; versions: number; probability: number },
) {
  let [withdrawn, slicesWithdrawn, audits] = [0, 0, 0];
  for (let life = 0; life < lifetimes; life++) {
    let refuted = 0;
    for (let version = 1; version <= versions; version++)
      for (let slice = 0; slice < slices; slice++) {
        const question = { delta: spentDelta(delta, version), slices };
        const errorNow = slice % 2 === 0 ? () => allowed : driftingError(random);
        let evidence = noAudits(allowed);
        let isWithdrawn = false;
        for (let served = 0; served < servedPerVersion && !isWithdrawn; served++) {
          if (random.next() >= probability) continue;
          evidence = countAudit(evidence, { wrong: random.next() < errorNow() });
          isWithdrawn = isRefuted(evidence, question);
        }
        audits += evidence.audits;
        if (isWithdrawn) refuted++;
      }
    slicesWithdrawn += refuted;
    if (refuted > 0) withdrawn++;
  }
  return {
    lifetimes,
    versions,
    slices,
    audit_probability: probability,
    audits,
    lifetimes_with_a_sound_slice_withdrawn: withdrawn,
    share: withdrawn / lifetimes,
    sound_slices_withdrawn: slicesWithdrawn,
    sound_slices: lifetimes * versions * slices,
    kept: withdrawn / lifetimes <= delta,
  };
}

function driftingError(random: Random): () => number {
  const position = kindErrors.map(() => random.normal());
  return () => {
    position.forEach((at, kind) => (position[kind] = at + 0.05 * random.normal()));
    const weights = position.map(Math.exp);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const error = weights.reduce((sum, weight, kind) => sum + (weight / total) * kindErrors[kind]!, 0);
    return Math.min(allowed, error);
  };
}

/** Audits until a slice of a first version is withdrawn, in 1,001 runs. */
export function simulateDetection(random: Random, { error, soundAudits }: { error: number; soundAudits: number }) {
  const question = { delta: spentDelta(delta, 1), slices };
  const needed = Array.from({ length: 1001 }, () => {
    let evidence = noAudits(allowed);
    for (let audit = 0; audit < soundAudits; audit++) evidence = countAudit(evidence, { wrong: random.next() < 0.04 });
    while (!isRefuted(evidence, question)) evidence = countAudit(evidence, { wrong: random.next() < error });
    return evidence.audits - soundAudits;
  }).sort((a, b) => a - b);
  return { error, after_sound_audits: soundAudits, audits_median: needed[500], audits_p95: needed[950] };
}
