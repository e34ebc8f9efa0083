import { seededRandom } from '@retort/kernel';
import {
  exchangeabilityTest,
  newTraffic,
  windowCounts,
  type ExchangeabilityState,
  type ExchangeabilityTest,
  type Traffic,
} from '@retort/statistics';
import type { StudentCard } from '@retort/student';

type Card = Pick<StudentCard, 'guarantee' | 'ladder' | 'novelty'>;

/** What is known of the requests of a version. */
export interface ObservedTraffic {
  all: Traffic;
  byAgent: Map<string, Traffic>;
  /** Whether requests still look like calibration; null where the student does not say what that looked like. */
  test: ExchangeabilityTest | null;
  evidence: number;
  changed: boolean;
}

/** The same, at rest. */
export interface KeptTraffic {
  all: Traffic;
  agents: [string, Traffic][];
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
  const observed: ObservedTraffic = {
    all: kept?.all ?? newTraffic(card),
    byAgent: new Map(kept?.agents),
    test: test ?? null,
    evidence: kept?.evidence ?? 1,
    changed: resume?.alarmed ?? false,
  };
  return observed;
}

export function keptTraffic({ all, byAgent, test, evidence }: ObservedTraffic): KeptTraffic {
  return { all, agents: [...byAgent], test: test?.state() ?? null, evidence };
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

export function trafficFigures({ all, test, evidence, changed }: ObservedTraffic) {
  const { trials, successes } = windowCounts(all.window);
  return { rung: all.rung, requests: trials, above: successes, evidence: test ? evidence : null, changed };
}
