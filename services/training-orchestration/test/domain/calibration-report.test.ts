import { describe, expect, it } from 'vitest';
import { fold } from '@retort/kernel';
import type { HeldOutTurn } from '@retort/student';
import { attemptNumber } from '../../src/domain/attempt-number.ts';
import { calibrationReport } from '../../src/domain/calibration-report.ts';
import { compared } from '../../src/domain/comparison.ts';
import { modelLifecycle } from '../../src/domain/model-lifecycle.ts';
import { guarantee, trained } from './fixtures.ts';

const turn = (changes: Partial<HeldOutTurn> = {}): HeldOutTurn => ({
  id: 'd',
  deciding: true,
  teacher: 'call',
  student: 'call',
  sameTools: true,
  agrees: true,
  confidence: 0.9,
  served: true,
  ...changes,
});
const words = { teacher: 'words', sameTools: false, agrees: false } as const;

describe('the report of held-out turns', () => {
  it('is raised by no words, and counts a call where the teacher used words as wrong', () => {
    const calls = [turn(), turn({ agrees: false, confidence: 0.4, served: false })];
    const agreed = turn({ ...words, student: 'words', sameTools: true, agrees: true, confidence: null, served: false });
    const report = calibrationReport([...calls, agreed, turn(words)], 0.5);
    expect(report).toMatchObject({
      decisions: 4,
      tool_turns: 2,
      words: 2,
      words_served: 1,
      tool_agreement: { numerator: 2, denominator: 2 },
      call_agreement: { numerator: 1, denominator: 2 },
      coverage: { numerator: 1, denominator: 2 },
      served_tool_agreement: { numerator: 1, denominator: 2 },
      served_call_agreement: { numerator: 1, denominator: 2 },
      no_tool: { numerator: 1, denominator: 1 },
      all_turns: {
        tool_agreement: { numerator: 3, denominator: 4 },
        call_agreement: { numerator: 2, denominator: 4 },
        coverage: { numerator: 2, denominator: 4 },
      },
    });
    const onlyCalls = calibrationReport(calls, 0.5);
    for (const figure of ['tool_agreement', 'call_agreement', 'coverage'] as const)
      expect(report[figure]).toEqual(onlyCalls[figure]);
  });

  it('draws risk over coverage from turns that chose the threshold', () => {
    const report = calibrationReport([turn(), turn({ ...words, confidence: 0.5 }), turn({ deciding: false })], null);
    expect(report.risk_coverage?.curve).toEqual([
      { threshold: 0.9, coverage: 0.5, risk: 0 },
      { threshold: 0.5, coverage: 1, risk: 0.5 },
    ]);
  });

  it('leaves what is not known of arguments out of agreement, never out of a comparison of what serves', () => {
    const unknown = turn({ agrees: null, deciding: false });
    expect(calibrationReport([unknown], null).call_agreement).toMatchObject({ denominator: 0 });
    expect(compared([turn(), unknown, turn({ ...words, id: 'w' })])).toEqual([
      { id: 'd', served: true, wrong: false },
      { id: 'w', served: true, wrong: true },
    ]);
  });
});

describe('the number of an attempt', () => {
  const state = fold(modelLifecycle, [trained('v1'), trained('v2', { dataset_version: 'd2' })]);
  const run = (changes: object = {}) =>
    attemptNumber(state, {
      runId: 'another',
      datasetDigest: 'sha256:new',
      options: { seed: 1, target: guarantee.target, confidence: guarantee.confidence },
      ...changes,
    });

  it('counts every version that was trained before, of other runs', () => {
    expect(run()).toBe(3);
    expect(run({ runId: 'run-1' })).toBe(1);
  });

  it('of the same rows and options again is the one it was: nothing new is asked', () => {
    const first = trained('v1', { attempt: 4, card: { seed: 1 } });
    const again = fold(modelLifecycle, [first, trained('v2')]);
    const datasetDigest = first.type === 'MODEL_TRAINED' ? first.data.dataset_digest : '';
    const options = { seed: 1, target: guarantee.target, confidence: guarantee.confidence };
    expect(attemptNumber(again, { runId: 'another', datasetDigest, options })).toBe(4);
    expect(attemptNumber(again, { runId: 'another', datasetDigest, options: { ...options, seed: 2 } })).toBe(3);
  });
});
