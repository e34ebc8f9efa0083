import { afterRequest, newTraffic, rungWithstanding, type LadderCard, type Traffic } from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const card: LadderCard = {
  guarantee: { confidence: 0.95 },
  ladder: { share: 0.05, rungs: [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].map((share) => ({ share })) },
  novelty: { cut: 0.5, known: { successes: 40, trials: 2000 }, novel: { successes: 800, trials: 1000 } },
};

/** Of every hundred requests, so many are above the cut. */
function after(requests: number, above: number, from: Traffic = newTraffic(card), of = card) {
  const rungs: (number | null)[] = [];
  let traffic = from;
  for (let request = 0; request < requests; request++) {
    const next = afterRequest(traffic, request % 100 < above ? 0.9 : 0.1, of);
    if (next.choice && next.choice.rung !== traffic.rung) rungs.push(next.choice.rung);
    traffic = next.traffic;
  }
  return { traffic, rungs };
}

describe('the rung that a version serves by', () => {
  it('is the default until the traffic tells, and then follows it down and up again', () => {
    expect(after(200, 2).traffic.rung).toBe(0.05);
    const calm = after(2000, 2);
    expect(calm.traffic.rung).toBe(0.02);
    const strange = after(2000, 12, calm.traffic);
    expect(strange.traffic.rung).toBe(0.2);
    expect(after(4000, 2, strange.traffic).traffic.rung).toBe(0.02);
  });

  it('is none when more requests are never-seen than any rung withstands', () => {
    expect(after(2000, 60).traffic.rung).toBeNull();
  });

  it('changes only when a block of the window is full: never more often than every 100 requests', () => {
    expect(after(3000, 12).rungs.length).toBeLessThanOrEqual(30);
    expect(afterRequest(newTraffic(card), 0.9, card).choice).toBeUndefined();
  });

  it('stays where the score cannot tell never-seen requests', () => {
    const blind = { ...card, novelty: { ...card.novelty, cut: null } };
    expect(after(2000, 60, newTraffic(blind), blind).traffic.rung).toBe(0.05);
  });

  it('is the lowest that withstands a share, and none for more than any does', () => {
    expect([0, 0.011, 0.05, 0.06].map((share) => rungWithstanding(card, share))).toEqual([0, 0.02, 0.05, 0.1]);
    expect(rungWithstanding(card, 0.6)).toBeNull();
  });
});
