import { seededRandom } from '@retort/kernel';
import {
  alternatives,
  auditRatio,
  countAudit,
  evidenceOf,
  isRefuted,
  noAudits,
  spentDelta,
  type AuditEvidence,
} from '@retort/statistics';
import { describe, expect, it } from 'vitest';

const after = (evidence: AuditEvidence, wrong: number, right: number) => {
  for (let audit = 0; audit < wrong; audit++) evidence = countAudit(evidence, { wrong: true });
  for (let audit = 0; audit < right; audit++) evidence = countAudit(evidence, { wrong: false });
  return evidence;
};

describe('the evidence of audits against a slice', () => {
  it('multiplies likelihood ratios: 577.6 for 20 wrong and 80 right at p0 = .07, p1 = .12', () => {
    const question = { allowed: 0.07, alternative: 0.12 };
    expect(auditRatio(true, question) ** 20 * auditRatio(false, question) ** 80).toBeCloseTo(577.6, 1);
  });

  it('is at least half of the mean over p1 of these products, and 1 at first', () => {
    expect(evidenceOf(noAudits(0.07))).toBe(1);
    const products = alternatives(0.07).map((alternative) => {
      const question = { allowed: 0.07, alternative };
      return auditRatio(true, question) ** 20 * auditRatio(false, question) ** 80;
    });
    const mean = products.reduce((total, one) => total + one, 0) / 3;
    const e = evidenceOf(after(noAudits(0.07), 20, 80));
    expect(e).toBeGreaterThan(mean / 2);
    expect(e).toBeLessThan(2 * mean);
  });

  it('is fair: its mean after an audit of a slice that is wrong in p0 stays what it was', () => {
    const before = after(noAudits(0.07), 3, 20);
    const then = (wrong: boolean) => evidenceOf(countAudit(before, { wrong, weight: 0.4 }));
    expect(0.07 * then(true) + 0.93 * then(false)).toBeCloseTo(evidenceOf(before), 12);
  });

  it('never bets on an alternative that one right answer would refute, nor grows beyond a number', () => {
    expect(alternatives(0.5)).toEqual([0.75, 0.75, 0.75]);
    expect(alternatives(0.2).map((one) => Math.round(one * 100))).toEqual([30, 40, 60]);
    expect(evidenceOf(after(noAudits(0.9), 0, 5000))).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(after(noAudits(0.07), 5000, 0)))).toEqual(after(noAudits(0.07), 5000, 0));
    expect(() => noAudits(0)).toThrow(RangeError);
    expect(() => noAudits(1)).toThrow(RangeError);
  });

  it('needs e ≥ G/δ to withdraw one of G slices', () => {
    const evidence = after(noAudits(0.07), 12, 21);
    const e = evidenceOf(evidence);
    expect(isRefuted(evidence, { delta: 0.05, slices: Math.floor(e * 0.05) })).toBe(true);
    expect(isRefuted(evidence, { delta: 0.05, slices: Math.ceil(e * 0.05) })).toBe(false);
  });

  it('refutes 10, 14 and 20% wrong after about 729, 155 and 52 audits (medians; e ≥ 100, p0 = .07)', () => {
    const random = seededRandom('audit-medians');
    const median = (error: number) => {
      const needed = Array.from({ length: 301 }, () => {
        let evidence = noAudits(0.07);
        while (evidenceOf(evidence) < 100) evidence = countAudit(evidence, { wrong: random.next() < error });
        return evidence.audits;
      });
      return needed.sort((a, b) => a - b)[150]!;
    };
    expect(median(0.2)).toBeGreaterThan(40);
    expect(median(0.2)).toBeLessThan(65);
    expect(median(0.14)).toBeGreaterThan(120);
    expect(median(0.14)).toBeLessThan(195);
    expect(median(0.1)).toBeGreaterThan(550);
    expect(median(0.1)).toBeLessThan(950);
  });

  it('refutes 14% wrong answers also after 5,000 audits of sound ones, with fewer than twice 450', () => {
    const random = seededRandom('late-change');
    let evidence = noAudits(0.07);
    for (let audit = 0; audit < 5000; audit++) evidence = countAudit(evidence, { wrong: random.next() < 0.04 });
    while (evidenceOf(evidence) < 100) evidence = countAudit(evidence, { wrong: random.next() < 0.14 });
    expect(evidence.audits - 5000).toBeLessThan(900);
  });

  it('is a number within 1e100 however many audits are wrong', () => {
    expect(evidenceOf(after(noAudits(0.07), 5000, 0))).toBe(1e100);
  });

  it('is rarely large for a sound slice although wrong answers are audited four times as often, if weighted', () => {
    const run = (weighted: boolean, seed: string) => {
      const random = seededRandom(seed);
      let evidence = noAudits(0.07);
      for (let served = 0; served < 5000; served++) {
        const wrong = random.next() < 0.07;
        const probability = wrong ? 0.4 : 0.1;
        if (random.next() >= probability) continue;
        evidence = countAudit(evidence, { wrong, weight: weighted ? 0.1 / probability : 1 });
        if (isRefuted(evidence, { delta: 0.05, slices: 1 })) return true;
      }
      return false;
    };
    const refuted = (weighted: boolean) =>
      Array.from({ length: 100 }, (_, seed) => run(weighted, `weights-${seed}`)).filter(Boolean).length;
    expect(refuted(true)).toBeLessThanOrEqual(5);
    expect(refuted(false)).toBeGreaterThan(95);
  });
});

describe('looks at the same calibration turns', () => {
  it('spend no more than δ together, however many there are', () => {
    expect(spentDelta(0.05, 1)).toBeCloseTo(0.030396, 6);
    expect(spentDelta(0.05, 2)).toBeCloseTo(0.007599, 6);
    const spent = Array.from({ length: 100_000 }, (_, look) => spentDelta(0.05, look + 1)).reduce((a, b) => a + b);
    expect(spent).toBeLessThan(0.05);
    expect(spent).toBeGreaterThan(0.0499);
  });
});
