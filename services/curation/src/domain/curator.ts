import type { Verdict } from '@retort/agent-runtime';

/** What the curator sees of one tenant. */
export interface CuratorView {
  /** Somebody wants fresh training data; null when the curator only looks around by itself. */
  asked: string | null;
  now: string;
  /** Decisions in the history. */
  decisions: number;
  /** The newest version; `considered` is how many decisions it saw, `conflicts` how many contradicted each other. */
  lastVersion: { version: string; considered: number; conflicts: number; createdAt: string } | null;
  lastRun: { state: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'; createdAt: string } | null;
}

export interface CuratorPolicy {
  /** Enough new decisions to curate for them alone. */
  newDecisions: number;
  /** Some new decisions are enough when the last version is so old. */
  everyMs: number;
  /** After a failed run it waits so long before it tries again by itself. */
  retryMs: number;
}

export interface Curate {
  action: 'curate';
}

/** Whether to curate now. Whoever asks is answered; by itself the curator waits for enough new decisions, or for some
 *  and time. */
export function decideCuration(view: CuratorView, policy: CuratorPolicy): Verdict<Curate> {
  const { asked, decisions, lastVersion, lastRun } = view;
  if (decisions === 0) return wait('there are no decisions yet');
  if (asked !== null) return curate(`asked to: ${asked}`);
  if (lastRun?.state === 'queued' || lastRun?.state === 'running') return wait('a run is under way');
  const since = (moment: string) => Date.parse(view.now) - Date.parse(moment);
  if (lastRun?.state === 'failed' && since(lastRun.createdAt) < policy.retryMs)
    return wait('the last run failed a moment ago');
  const fresh = Math.max(0, decisions - (lastVersion?.considered ?? 0));
  const known = `${fresh} new decisions, ${policy.newDecisions} make a version`;
  if (fresh >= policy.newDecisions) return curate(known);
  if (fresh > 0 && lastVersion && since(lastVersion.createdAt) >= policy.everyMs)
    return curate(`${known}, but the last one is of ${lastVersion.createdAt}`);
  return wait(known);
}

const curate = (why: string): Verdict<Curate> => ({ decision: { action: 'curate' }, why });
const wait = (why: string): Verdict<Curate> => ({ decision: null, why });
