import { binomialCdf } from '@retort/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/domain/calibration-report.ts';
import { defaultGatePolicy, judge, lowerBound, type GateEvidence } from '../../src/domain/gate.ts';
import { guarantee, report } from './fixtures.ts';

const evidence = (changes: Partial<GateEvidence> = {}): GateEvidence => ({
  guarantee,
  report: report(),
  source: 'held-out calibration',
  serving: null,
  ...changes,
});
const codes = (changes: Partial<GateEvidence>, policy = defaultGatePolicy) => {
  const verdict = judge(evidence(changes), policy);
  return verdict.pass ? [] : verdict.reasons.map(({ code }) => code);
};

describe('the gate', () => {
  it('holds when the lower bound of agreement meets the target, and says by how much', () => {
    const verdict = judge(evidence(), defaultGatePolicy);
    expect(verdict).toMatchObject({ pass: true });
    expect(verdict.pass && verdict.reason).toContain('590 of 600');
  });

  it('refuses 95 in 100: the point estimate meets 0.93, its lower bound does not', () =>
    expect(codes({ report: report({ decisions: 100, served: { agreed: 95, of: 100 } }) })).toEqual([
      'gate.agreement-lower-bound',
    ]));

  it('refuses 41 in 41 and lets 42 in 42 pass: fewer decisions cannot show 0.93 at 95%', () => {
    expect(codes({ report: report({ decisions: 1000, served: { agreed: 41, of: 41 } }) })).toEqual([
      'gate.too-few-decisions',
    ]);
    expect(codes({ report: report({ decisions: 1000, served: { agreed: 42, of: 42 } }) })).toEqual([]);
  });

  it('refuses when there is nothing to test on', () =>
    expect(codes({ report: report({ decisions: 0, served: { agreed: 0, of: 0 } }) })).toEqual([
      'gate.too-few-decisions',
    ]));

  it('refuses when no threshold keeps the promise', () =>
    expect(codes({ guarantee: { ...guarantee, kind: 'none', threshold: null } })).toEqual(['gate.no-threshold']));

  it('refuses copies across groups, whatever the agreement', () =>
    expect(codes({ leakage: proportion(20, 1000) })).toEqual(['gate.leakage']));

  it('tolerates the share of copies that the policy names', () =>
    expect(codes({ leakage: proportion(10, 1000) })).toEqual([]));

  it('gives every reason, not only the first', () =>
    expect(
      codes({ leakage: proportion(20, 1000), report: report({ decisions: 100, served: { agreed: 90, of: 100 } }) }),
    ).toEqual(['gate.leakage', 'gate.agreement-lower-bound']));

  it('holds a student that promises less to the floor of 0.90 at 95% all the same', () => {
    const modest = { ...guarantee, target: 0.8, confidence: 0.6 };
    expect(codes({ guarantee: modest, report: report({ served: { agreed: 510, of: 600 } }) })).toEqual([
      'gate.agreement-lower-bound',
    ]);
    expect(codes({ guarantee: modest, report: report({ served: { agreed: 560, of: 600 } }) })).toEqual([]);
  });

  it('holds a student that promises more to what it promises', () =>
    expect(codes({ guarantee: { ...guarantee, target: 0.99 } })).toEqual(['gate.agreement-lower-bound']));

  it('deploys a student that serves less than the one before, and says so', () => {
    const verdict = judge(evidence({ serving: { version: 'v1', coverage: 0.8 } }), defaultGatePolicy);
    expect(verdict.pass && verdict.reason).toContain('Coverage falls from 80% (v1) to 60%.');
  });

  it('says that a cross-fitted promise is approximate', () => {
    const verdict = judge(evidence({ guarantee: { ...guarantee, kind: 'ltt-cross-fitted' } }), defaultGatePolicy);
    expect(verdict.pass && verdict.reason).toContain('approximate');
  });

  it('agrees with Learn then Test: the bound meets the target exactly when the binomial test passes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.double({ min: 0, max: 0.2, noNaN: true }), (of, share) => {
        const wrong = Math.floor(of * share);
        const p = binomialCdf(wrong, of, 0.07);
        fc.pre(Math.abs(p - 0.05) > 1e-9);
        expect(lowerBound(proportion(of - wrong, of), 0.95) >= 0.93).toBe(p <= 0.05);
      }),
    );
  });
});
