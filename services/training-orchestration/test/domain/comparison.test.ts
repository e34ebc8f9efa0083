import type { PairedComparison } from '@retort/contracts';
import { fold } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { clearlyBehind, pairTurns } from '../../src/domain/comparison.ts';
import { deployedBy, needsApproval } from '../../src/domain/deployment-policy.ts';
import { defaultGatePolicy } from '../../src/domain/gate.ts';
import { modelLifecycle } from '../../src/domain/model-lifecycle.ts';
import { deployed, evaluated, trained } from './fixtures.ts';

const comparison = (served: [number, number], wrong: [number, number] = [0, 0]): PairedComparison => ({
  serving: 'v1',
  turns: 1000,
  served_only: { serving: served[0], challenger: served[1] },
  wrong_only: { serving: wrong[0], challenger: wrong[1] },
});
const codes = (compared: PairedComparison) => clearlyBehind(compared).map(({ code }) => code);

describe('a challenger beside what serves, on the same held-out turns', () => {
  it('is behind when it serves clearly fewer, or clearly more wrongly', () => {
    expect(codes(comparison([80, 20]))).toEqual(['gate.serves-less']);
    expect(codes(comparison([0, 0], [5, 40]))).toEqual(['gate.serves-worse']);
    expect(codes(comparison([80, 20], [5, 40]))).toEqual(['gate.serves-less', 'gate.serves-worse']);
  });

  it('is not behind by chance, nor by a difference of no consequence', () => {
    expect(codes(comparison([45, 30]))).toEqual([]);
    expect(codes(comparison([18, 0], [0, 9]))).toEqual([]);
    expect(codes(comparison([20, 80], [40, 5]))).toEqual([]);
  });

  it('is compared only on turns that both were asked', () => {
    const turn = (id: string, served: boolean, wrong = false) => ({ id, served, wrong });
    expect(
      pairTurns('v1', {
        ofServing: [turn('a', true), turn('b', true, true), turn('c', false), turn('old', true)],
        ofChallenger: [turn('a', false), turn('b', true), turn('c', true, true), turn('new', true)],
      }),
    ).toEqual({
      serving: 'v1',
      turns: 3,
      served_only: { serving: 1, challenger: 1 },
      wrong_only: { serving: 1, challenger: 1 },
    });
    expect(pairTurns('v1', { ofServing: [], ofChallenger: [turn('a', true)] })).toBeNull();
  });
});

describe('the gate', () => {
  const decide = (compared: PairedComparison, accepted: readonly string[] = []) => {
    const history = [trained('v1'), evaluated('v1'), deployed('v1'), trained('v2', { dataset_version: 'd2' })];
    const state = fold(modelLifecycle, [...history, evaluated('v2', { comparison: compared })]);
    return modelLifecycle.decide(
      { type: 'Deploy', model: 'm', version: 'v2', policy: defaultGatePolicy, by: 'approver', accepted },
      state,
    );
  };

  it('refuses a version that is clearly behind what serves, until somebody who may approve accepts it', () => {
    expect(decide(comparison([80, 20]))).toMatchObject([
      { type: 'MODEL_DEPLOYMENT_REFUSED', data: { reasons: [{ code: 'gate.serves-less' }] } },
    ]);
    expect(decide(comparison([80, 20]), ['gate.serves-less'])).toMatchObject([{ type: 'MODEL_DEPLOYED' }]);
  });

  it('does not hold a comparison with a version that serves no more against it', () => {
    expect(decide({ ...comparison([80, 20]), serving: 'v0' })).toMatchObject([{ type: 'MODEL_DEPLOYED' }]);
  });
});

describe('the student of a run', () => {
  it('is deployed by the policy only when its data set is the policy’s', () => {
    const question = { asked: undefined, mayApprove: true } as const;
    expect(deployedBy({ ...question, purpose: 'policy' })).toBe('policy');
    expect(deployedBy({ ...question, purpose: 'experiment' })).toBeNull();
    expect(deployedBy({ asked: true, mayApprove: false, purpose: 'experiment' })).toBeNull();
    expect(deployedBy({ asked: true, mayApprove: false, purpose: 'policy' })).toBe('policy');
    expect(deployedBy({ asked: false, mayApprove: true, purpose: 'policy' })).toBeNull();
  });

  it('of an experiment is deployed by somebody who may approve models and asks for it', () => {
    expect(deployedBy({ asked: true, mayApprove: true, purpose: 'experiment' })).toBe('approver');
    expect(needsApproval({ asked: true, mayApprove: false, purpose: 'experiment' })).toBe(true);
    expect(needsApproval({ asked: undefined, mayApprove: false, purpose: 'experiment' })).toBe(false);
  });
});
