import {
  afterRequest,
  newTraffic,
  pooledTraffic,
  type LadderCard,
  type RungChoice,
  type Traffic,
} from '@retort/statistics';
import type { ObservedTraffic, TrafficOfKey } from './observed-traffic.ts';
import type { Asking } from './rung.ts';

/** Keys beyond: the one that asked longest ago is forgotten. */
const keysAtMost = 100;
/** Agents of a key, and of all keys, beyond are told by all traffic of the key. */
const agentsOfKeyAtMost = 250;
const agentsAtMost = 1000;

export interface RungChange {
  /** null: all keys, and any agent. */
  of: { key: string | null; agent: string | null };
  from: number | null;
  choice: RungChoice;
}

/** Counts one more request where it belongs: with its key, with the agent that the key asks for, and, whenever a block of the key's
 *  is full, with all keys together. Gives the rungs that change by it. */
export function countRequest(
  known: Pick<ObservedTraffic, 'all' | 'byKey' | 'requests'>,
  { key, agent, novelty }: Asking & { novelty: number },
  card: LadderCard,
): RungChange[] {
  const { byKey } = known;
  const ofKey = byKey.get(key) ?? { own: newTraffic(card), byAgent: new Map<string, Traffic>(), last: 0 };
  byKey.set(key, ofKey);
  ofKey.last = ++known.requests;
  const changes: RungChange[] = [];
  const changed = (of: RungChange['of'], from: number | null, choice: RungChoice | undefined) => {
    if (choice && choice.rung !== from) changes.push({ of, from, choice });
  };

  const own = afterRequest(ofKey.own, novelty, card);
  changed({ key, agent: null }, ofKey.own.rung, own.choice);
  ofKey.own = own.traffic;
  if (own.choice) {
    forgetKeys(known);
    const everybody = [...byKey.values()].map((one) => one.own);
    const together = pooledTraffic(everybody, card);
    changed({ key: null, agent: null }, known.all.rung, together.choice);
    known.all = together.traffic;
  }

  if (agent !== undefined && (ofKey.byAgent.has(agent) || mayAdd(ofKey, byKey))) {
    const before = ofKey.byAgent.get(agent) ?? newTraffic(card);
    const after = afterRequest(before, novelty, card);
    changed({ key, agent }, before.rung, after.choice);
    ofKey.byAgent.set(agent, after.traffic);
  }
  return changes;
}

function mayAdd(ofKey: TrafficOfKey, byKey: ReadonlyMap<string, TrafficOfKey>): boolean {
  if (ofKey.byAgent.size >= agentsOfKeyAtMost) return false;
  let agents = 0;
  for (const { byAgent } of byKey.values()) agents += byAgent.size;
  return agents < agentsAtMost;
}

function forgetKeys({ byKey }: Pick<ObservedTraffic, 'byKey'>): void {
  const byLast = [...byKey].sort(([, one], [, other]) => other.last - one.last);
  for (const [key] of byLast.slice(keysAtMost)) byKey.delete(key);
}
