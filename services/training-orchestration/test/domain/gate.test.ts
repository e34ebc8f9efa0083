import { binomialCdf } from '@retort/statistics';
import type { SliceGuarantee } from '@retort/contracts';
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

  it('spends δ over attempts: what the first look would have shown the fifth does not', () => {
    const served = report({ decisions: 1000, served: { agreed: 60, of: 60 } });
    expect(codes({ report: served, attempt: 1 })).toEqual([]);
    expect(codes({ report: served, attempt: 5 })).toEqual(['gate.too-few-decisions']);
  });

  it('refuses when there is nothing to test on', () =>
    expect(codes({ report: report({ decisions: 0, served: { agreed: 0, of: 0 } }) })).toEqual([
      'gate.too-few-decisions',
    ]));

  it('refuses when no threshold keeps the guarantee', () =>
    expect(codes({ guarantee: { ...guarantee, kind: 'none', threshold: null } })).toEqual(['gate.no-threshold']));

  it('refuses copies across groups, whatever the agreement', () =>
    expect(codes({ leakage: proportion(20, 1000) })).toEqual(['gate.leakage']));

  it('tolerates the share of copies that the policy names', () =>
    expect(codes({ leakage: proportion(10, 1000) })).toEqual([]));

  const slice = (name: string, agreed: number, of: number, changes: Partial<SliceGuarantee> = {}): SliceGuarantee => ({
    by: 'tool',
    name,
    call_agreement: proportion(agreed, of),
    served_call_agreement: proportion(agreed, of),
    threshold: null,
    promised: false,
    withheld: false,
    ...changes,
  });

  it('refuses when a tool falls clearly below its floor, and names it', () => {
    const slices = [slice('pay', 200, 200), slice('poor', 30, 60)];
    const verdict = judge(evidence({ slices }), defaultGatePolicy);
    expect(verdict).toMatchObject({ pass: false, reasons: [{ code: 'gate.tool-floor' }] });
    expect(!verdict.pass && verdict.reasons[0].message).toContain('poor (30 of 60 (50%); its floor is 80%)');
  });

  it('lets a tool pass whose few decisions may have been bad luck', () =>
    expect(codes({ slices: [slice('rare', 1, 3)] })).toEqual([]));

  it('lets a tool pass that the student leaves to the teacher', () =>
    expect(codes({ slices: [slice('poor', 30, 60, { withheld: true })] })).toEqual([]));

  it('takes the floor from its policy', () =>
    expect(codes({ slices: [slice('fair', 170, 200)] }, { ...defaultGatePolicy, toolFloor: 0.95 })).toEqual([
      'gate.tool-floor',
    ]));

  it('knows tools that have a floor of their own', () => {
    const policy = { ...defaultGatePolicy, toolFloors: { fair: 0.95 } };
    expect(codes({ slices: [slice('fair', 170, 200)] }, policy)).toEqual(['gate.tool-floor']);
    expect(codes({ slices: [slice('other', 170, 200)] }, policy)).toEqual([]);
  });

  it('says how many tools keep the guarantee by themselves', () => {
    const slices = [slice('pay', 200, 200, { promised: true, threshold: 0.5 }), slice('rare', 3, 3)];
    const verdict = judge(evidence({ slices }), defaultGatePolicy);
    expect(verdict.pass && verdict.reason).toContain('1 of 2 tools also keep it by themselves');
  });

  it('gives every reason, not only the first', () =>
    expect(
      codes({ leakage: proportion(20, 1000), report: report({ decisions: 100, served: { agreed: 90, of: 100 } }) }),
    ).toEqual(['gate.leakage', 'gate.agreement-lower-bound']));

  it('holds a student that guarantees less to the floor of 0.90 at 95% all the same', () => {
    const modest = { ...guarantee, target: 0.8, confidence: 0.6 };
    expect(codes({ guarantee: modest, report: report({ served: { agreed: 510, of: 600 } }) })).toEqual([
      'gate.agreement-lower-bound',
    ]);
    expect(codes({ guarantee: modest, report: report({ served: { agreed: 560, of: 600 } }) })).toEqual([]);
  });

  it('holds a student that guarantees more to what it guarantees', () =>
    expect(codes({ guarantee: { ...guarantee, target: 0.99 } })).toEqual(['gate.agreement-lower-bound']));

  it('deploys a student that serves less than the one before, and says so', () => {
    const verdict = judge(evidence({ serving: { version: 'v1', coverage: 0.8 } }), defaultGatePolicy);
    expect(verdict.pass && verdict.reason).toContain('Coverage falls from 80% (v1) to 60%.');
  });

  it('says that a cross-fitted guarantee is approximate', () => {
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
