/** The ways in which simulated traffic can change. */
export const drifts = {
  'new-phrasing': 'Users write in chat style, with expressions not seen before.',
  'shifted-mix': 'Rare intents and quiet agents become the frequent ones.',
  'changed-rule': 'A new edition of the bank’s handbook changes its limits.',
  'more-chatter': 'Every fifth request needs no tool at all.',
} as const;
export type DriftName = keyof typeof drifts;

/** A drift, and the number of requests after which it sets in. */
export interface Drift {
  name: DriftName;
  after: number;
}

/** What the generator's dials stand at. */
export interface Conditions {
  handbook: '2026.1' | '2026.2';
  /** Share of concepts worded in the new expressions, and of texts in chat style. */
  novelty: number;
  /** Share of new sessions that need no tool because they ask for none of the agent's work. */
  chatter: number;
  /** Frequent becomes rare and the other way round. */
  inverted: boolean;
}

const everyday: Conditions = { handbook: '2026.1', novelty: 0, chatter: 0.04, inverted: false };

const changes: Readonly<Record<DriftName, Partial<Conditions>>> = {
  'new-phrasing': { novelty: 0.7 },
  'shifted-mix': { inverted: true },
  'changed-rule': { handbook: '2026.2' },
  'more-chatter': { chatter: 0.2 },
};

/** The conditions under which the request of this number (from 0) is made. */
export function conditionsAt(requestNumber: number, drift: Drift | undefined): Conditions {
  return drift && requestNumber >= drift.after ? { ...everyday, ...changes[drift.name] } : everyday;
}
