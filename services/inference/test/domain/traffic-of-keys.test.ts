import type { LadderCard } from '@retort/statistics';
import { describe, expect, it } from 'vitest';
import { observedTraffic, trafficFigures, keptTraffic } from '../../src/domain/observed-traffic.ts';
import { recentRequests } from '../../src/domain/recent-requests.ts';
import { rungFor } from '../../src/domain/rung.ts';
import { countRequest } from '../../src/domain/traffic-of-keys.ts';

const card = {
  guarantee: { confidence: 0.95 },
  ladder: { share: 0.05, rungs: [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].map((share) => ({ share })) },
  novelty: { cut: 0.5, known: { successes: 40, trials: 2000 }, novel: { successes: 800, trials: 1000 } },
} satisfies LadderCard;
const observed = (kept?: ReturnType<typeof keptTraffic>) => observedTraffic(card as never, { label: 'v1', kept });

function ask(known: ReturnType<typeof observed>, key: string, requests: number, novelty: number, agent = 'loan') {
  for (let request = 0; request < requests; request++) countRequest(known, { key, agent, novelty }, card);
}

describe('traffic of several keys', () => {
  it('of one that asks alone, it counts in full', () => {
    const known = observed();
    ask(known, 'only', 2000, 0.1);
    expect(trafficFigures(known)).toMatchObject({ requests: 2000, above: 0 });
    expect(known.all.rung).toBeLessThan(0.05);
  });

  it('of one that asks strange things in an agent’s name, it neither withdraws nor loosens what others are served', () => {
    const known = observed();
    ask(known, 'honest', 2000, 0.1);
    const before = rungFor(known, { key: 'honest', agent: 'loan' });
    ask(known, 'attacker', 20_000, 0.9);
    expect(rungFor(known, { key: 'attacker', agent: 'loan' })).toBeNull();
    expect(rungFor(known, { key: 'honest', agent: 'loan' })).toBe(before);
    // Of 500 and 500: what a key that has asked little is served by is half the attacker's at most.
    expect(trafficFigures(known)).toMatchObject({ requests: 1000, above: 500 });
  });

  it('of one among four is a quarter of what all are told by, however often it asks', () => {
    const known = observed();
    for (const key of ['a', 'b', 'c']) ask(known, key, 600, 0.1);
    ask(known, 'attacker', 10_000, 0.9);
    expect(trafficFigures(known)).toMatchObject({ requests: 2000, above: 500 });
  });

  it('takes no more than a bounded number of keys and agents', () => {
    const known = observed();
    for (let agent = 0; agent < 400; agent++) ask(known, 'many', 1, 0.1, `agent-${agent}`);
    expect(known.byKey.get('many')!.byAgent.size).toBe(250);
    for (let key = 0; key < 150; key++) ask(known, `key-${key}`, 100, 0.1);
    expect(known.byKey.size).toBeLessThanOrEqual(101);
  });

  it('goes on where it was kept, also from before keys were told apart', () => {
    const known = observed();
    ask(known, 'k', 600, 0.1);
    const { keys: _, ...older } = keptTraffic(known);
    expect(trafficFigures(observed(keptTraffic(known)))).toEqual(trafficFigures(known));
    expect(trafficFigures(observed(older))).toMatchObject({ requests: 600 });
    expect(rungFor(observed(older), { key: 'k', agent: undefined })).toBe(known.all.rung);
  });
});

describe('recent requests', () => {
  it('are known again while they are remembered, in memory that does not grow', () => {
    const recent = recentRequests(2);
    expect(['a', 'a', 'b', 'c', 'a'].map((request) => recent.isNew(request))).toEqual([true, false, true, true, true]);
  });
});
