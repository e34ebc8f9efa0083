import { seededRandom } from '@retort/kernel';
import {
  exchangeabilityTest,
  newTraffic,
  pooledCounts,
  type ExchangeabilityState,
  type ExchangeabilityTest,
  type Traffic,
} from '@retort/statistics';
import type { StudentCard } from '@retort/student';
import { recentRequests, type RecentRequests } from './recent-requests.ts';

type Card = Pick<StudentCard, 'guarantee' | 'ladder' | 'novelty'>;

/** What is known of the requests of a version. */
export interface ObservedTraffic {
  /** Of all keys together, none of which counts for more than `requestsOfOne` beside others. */
  all: Traffic;
  byKey: Map<string, TrafficOfKey>;
  /** Counted since the version is known. */
  requests: number;
  /** Which requests came before. */
  recent: RecentRequests;
  /** Whether requests still look like calibration; null where the student does not say what that looked like. */
  test: ExchangeabilityTest | null;
  evidence: number;
  changed: boolean;
}

/** What is known of the requests with one key: a rung that follows from them is for that key alone. */
export interface TrafficOfKey {
  own: Traffic;
  byAgent: Map<string, Traffic>;
  /** The number of the last request with it, among those of the version. */
  last: number;
}

/** The same, at rest. */
export interface KeptTraffic {
  all: Traffic;
  /** Absent from what was kept before keys were told apart: `all` was counted, and stands for one key. */
  keys?: { key: string; own: Traffic; agents: [string, Traffic][]; last: number }[];
  test: ExchangeabilityState | null;
  evidence: number;
}

export function observedTraffic(card: Card, { label, kept }: { label: string; kept?: KeptTraffic | undefined }) {
  const { calibration } = card.novelty;
  const resume = kept?.test ?? undefined;
  const test =
    calibration &&
    exchangeabilityTest({
      calibration,
      delta: deltaOf(card),
      against: 'higher',
      // Other lots than those before: they have to be independent of everything that was seen.
      random: seededRandom(`${label}/${resume?.requests ?? 0}`),
      ...(resume && { resume }),
    });
  const keys = keysOf(kept);
  const observed: ObservedTraffic = {
    all: kept?.all ?? newTraffic(card),
    requests: Math.max(0, ...keys.map(({ last }) => last)),
    byKey: new Map(keys.map(({ key, agents, ...of }) => [key, { ...of, byAgent: new Map(agents) }])),
    recent: recentRequests(),
    test: test ?? null,
    evidence: kept?.evidence ?? 1,
    changed: resume?.alarmed ?? false,
  };
  return observed;
}

export function keptTraffic({ all, byKey, test, evidence }: ObservedTraffic): KeptTraffic {
  const keys = [...byKey].map(([key, { own, byAgent, last }]) => ({ key, own, agents: [...byAgent], last }));
  return { all, keys, test: test?.state() ?? null, evidence };
}

function keysOf(kept: KeptTraffic | undefined): NonNullable<KeptTraffic['keys']> {
  return kept?.keys ?? (kept ? [{ key: '', own: kept.all, agents: [], last: 0 }] : []);
}

/** Compares one more request with calibration. True when it is the one that says that requests have changed. */
export function compareRequest(observed: ObservedTraffic, novelty: number): boolean {
  if (!observed.test || Number.isNaN(novelty)) return false;
  const { evidence, alarmed } = observed.test.observe(novelty);
  const isNew = alarmed && !observed.changed;
  observed.evidence = evidence;
  observed.changed = alarmed;
  return isNew;
}

export const deltaOf = ({ guarantee }: Pick<Card, 'guarantee'>) => 1 - guarantee.confidence;

export function trafficFigures({ all, byKey, test, evidence, changed }: ObservedTraffic) {
  const { trials, successes } = pooledCounts([...byKey.values()].map(({ own }) => own));
  return { rung: all.rung, requests: trials, above: successes, evidence: test ? evidence : null, changed };
}
