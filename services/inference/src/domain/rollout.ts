import type { ModelRolloutEnded, RolloutGuard, RolloutGuards, RolloutStrategy } from '@retort/contracts';
import { hash32 } from '@retort/kernel';
import { countAudit, evidenceOf, noAudits, type AuditEvidence } from '@retort/statistics';

/** A version that challenges what serves. */
export interface Rollout {
  id: string;
  modelVersion: string;
  artifact: string;
  strategy: RolloutStrategy;
  /** Of the sessions, 0 to 100. */
  percent: number;
  /** null: of all agents. */
  agents: readonly string[] | null;
  guards: RolloutGuards;
}

const span = 2 ** 32;

/** Whether a session is one of the challenger's. A larger share keeps the sessions that a smaller one had. */
export function isChallengers(rollout: Rollout, session: string): boolean {
  return hash32(`${rollout.id} ${session}`) < (rollout.percent / 100) * span;
}

/** What a replica saw of a challenger since it loaded it. */
export interface Observed {
  requests: number;
  serves: number;
  failed: number;
  slow: number;
  same: number;
  errors: AuditEvidence;
  latency: AuditEvidence;
}

export const nothingObserved = ({ errors, slow }: RolloutGuards): Observed => ({
  requests: 0,
  serves: 0,
  failed: 0,
  slow: 0,
  same: 0,
  errors: noAudits(errors),
  latency: noAudits(slow),
});

/** What became of one request to a challenger. */
export interface Outcome {
  hasFailed: boolean;
  milliseconds: number;
  serves: boolean;
  /** Of a shadow: whether it says what was served. */
  isSame: boolean;
}

export function observe(before: Observed, outcome: Outcome, { slow_ms: slowMs }: RolloutGuards): Observed {
  const { hasFailed, milliseconds, serves, isSame } = outcome;
  const isSlow = milliseconds > slowMs;
  const { errors, latency } = before;
  return {
    requests: before.requests + 1,
    serves: before.serves + Number(serves),
    failed: before.failed + Number(hasFailed),
    slow: before.slow + Number(isSlow),
    same: before.same + Number(isSame),
    errors: countAudit(errors, { wrong: hasFailed }),
    latency: countAudit(latency, { wrong: isSlow }),
  };
}

/** Two guards count, each with an e-process: with probability 1 − δ, δ = .05, neither ever reverts a challenger that keeps to
 *  what is allowed, whenever one looks (Ville 1939). */
const needed = 2 / 0.05;

type Tripped = Pick<ModelRolloutEnded, 'reason' | 'figures'> & { guard: RolloutGuard };

/** The guard that what was observed trips; null while none. */
export function trippedBy({ errors, latency }: Observed, { slow_ms: slowMs }: RolloutGuards): Tripped | null {
  if (evidenceOf(errors) >= needed) return tripped('errors', { evidence: errors, needed, what: 'answers failed' });
  if (evidenceOf(latency) >= needed)
    return tripped('latency', { evidence: latency, needed, what: `answers took longer than ${slowMs} ms` });
  return null;
}

export function tripped(
  guard: RolloutGuard,
  { evidence, needed, what }: { evidence: AuditEvidence; needed: number; what: string },
): Tripped {
  const { audits: requests, wrong: violations, allowed } = evidence;
  return {
    guard,
    reason: `${violations} of ${requests} ${what}; ${Number((100 * allowed).toFixed(2))}% may.`,
    figures: { requests, violations, allowed, evidence: evidenceOf(evidence), needed },
  };
}
