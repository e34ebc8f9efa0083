import { canonicalTurn, type Call } from '@retort/kernel';
import type { Proposal } from '../domain/answer.ts';
import type { Challenger, LoadedModel } from './models.ts';
import type { Rollouts } from './rollouts.ts';

/** What a shadow would serve, once it is asked; null where it would not. */
export type Shadow = () => { loaded: LoadedModel; calls: readonly Call[] } | null;

/** undefined where it fails: what serves answers then. */
export function askCanary<Answered extends { proposal: Proposal | null }>(
  rollouts: Rollouts,
  challenger: Challenger,
  ask: () => Answered,
): Answered | undefined {
  const { outcome, answered } = attempt(rollouts, challenger, ask);
  rollouts.observed(challenger, { ...outcome, isSame: false });
  return answered;
}

/** Asks the shadow once, beside the request. */
export function askShadow(
  rollouts: Rollouts,
  challenger: Challenger,
  { served, ask }: { served: Proposal | null; ask: () => { proposal: Proposal | null } },
): Shadow {
  let known: ReturnType<Shadow> | undefined;
  const shadow = () => {
    if (known !== undefined) return known;
    const { outcome, answered } = attempt(rollouts, challenger, ask);
    const prediction = answered?.proposal?.prediction;
    known = prediction?.served ? { loaded: challenger.loaded, calls: prediction.calls } : null;
    const championed = served?.prediction;
    const isSame = known !== null && championed?.served === true && isSameTurn(known.calls, championed.calls);
    rollouts.observed(challenger, { ...outcome, isSame });
    return known;
  };
  setImmediate(shadow);
  return shadow;
}

function attempt<Answered extends { proposal: Proposal | null }>(
  rollouts: Rollouts,
  challenger: Challenger,
  ask: () => Answered,
) {
  const startedAt = performance.now();
  try {
    const answered = ask();
    const milliseconds = performance.now() - startedAt;
    const serves = answered.proposal?.prediction.served === true;
    return { answered, outcome: { hasFailed: false, milliseconds, serves } };
  } catch (error) {
    rollouts.failed(challenger, error);
    return { outcome: { hasFailed: true, milliseconds: performance.now() - startedAt, serves: false } };
  }
}

const isSameTurn = (one: readonly Call[], other: readonly Call[]) => canonicalTurn(one) === canonicalTurn(other);
