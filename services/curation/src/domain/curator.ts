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
  /** Decisions that make the first version. Each of the next takes as many again, so that the data double, until that is
   *  `newDecisions`. */
  firstDecisions: number;
  /** Enough new decisions to curate for them alone, whatever there was before. */
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
  const considered = lastVersion?.considered ?? 0;
  const fresh = Math.max(0, decisions - considered);
  const needed = decisionsNeeded(considered, policy);
  const known = `${fresh} new decisions, ${needed} make a version`;
  if (fresh >= needed) return curate(known);
  if (fresh > 0 && lastVersion && since(lastVersion.createdAt) >= policy.everyMs)
    return curate(`${known}, but the last one is of ${lastVersion.createdAt}`);
  return wait(known);
}

/** New decisions that make a version after one that considered so many. A student is tried as early as the gate could pass, and
 *  each try is a look at calibration turns that later ones pay for: the looks are spaced by doubling. */
export function decisionsNeeded(considered: number, { firstDecisions, newDecisions }: CuratorPolicy): number {
  return Math.min(newDecisions, Math.max(firstDecisions, considered));
}

const curate = (why: string): Verdict<Curate> => ({ decision: { action: 'curate' }, why });
const wait = (why: string): Verdict<Curate> => ({ decision: null, why });
