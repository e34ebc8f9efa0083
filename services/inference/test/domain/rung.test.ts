import type { StudentCard } from '@retort/student';
import { describe, expect, it } from 'vitest';
import { afterRequest, newTraffic, rungEvent, rungFor, type Traffic } from '../../src/domain/rung.ts';

const card = {
  guarantee: { kind: 'ltt', target: 0.93, confidence: 0.95, threshold: 0.5 },
  ladder: { share: 0.05, rungs: [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].map((share) => ({ share })) },
  novelty: { cut: 0.5, known: { successes: 40, trials: 2000 }, novel: { successes: 800, trials: 1000 }, kinds: [] },
} as unknown as Pick<StudentCard, 'guarantee' | 'ladder' | 'novelty'>;

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

  it('is an agent’s own once it has enough requests', () => {
    const all = after(2000, 2).traffic;
    expect(rungFor(all, undefined)).toBe(0.02);
    expect(rungFor(all, after(200, 60).traffic)).toBe(0.02);
    expect(rungFor(all, after(400, 12).traffic)).toBe(after(400, 12).traffic.rung);
  });
});

describe('a change of rung', () => {
  it('tells its figures', () => {
    const choice = { requests: 2000, above: 240, share: 0.128, lower: 0.1, upper: 0.151, rung: 0.2 };
    const of = { model: 'm', modelVersion: 'v1', agent: 'loan' };
    expect(rungEvent(of, { from: 0.05, choice })).toEqual({
      ...{ model: 'm', model_version: 'v1', agent: 'loan', from: 0.05, to: 0.2 },
      ...{ requests: 2000, above: 240, share: 0.128, upper: 0.151 },
    });
  });
});
