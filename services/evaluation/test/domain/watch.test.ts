import { describe, expect, it } from 'vitest';
import { proportion } from '../../src/domain/agreement.ts';
import { judgeModel, type ModelObservation } from '../../src/domain/watch.ts';

const mix = (counts: Record<string, number>) => new Map(Object.entries(counts));
const calm = mix({ send: 500, block: 300, open: 200 });
const observation = (changes: Partial<ModelObservation> = {}): ModelObservation => ({
  model: 'tool-calling',
  modelVersion: 'v1',
  guarantee: { kind: 'ltt', target: 0.93, confidence: 0.95, threshold: 0.8 },
  reference: calm,
  recent: calm,
  window: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z', decisions: 1000 },
  report: null,
  driftedBefore: 0,
  retrainingAsked: false,
  ...changes,
});
const served = (agreed: number, of: number): ModelObservation['report'] => ({
  decisions: 1000,
  tool_agreement: proportion(900, 1000),
  call_agreement: proportion(850, 1000),
  coverage: proportion(of, 1000),
  served_tool_agreement: proportion(agreed, of),
  served_call_agreement: proportion(agreed, of),
  majority_baseline: 0.5,
});
const policy = { minimumDecisions: 50, persistence: 2 };
const shifted = mix({ send: 200, block: 300, open: 500 });

describe('the watch over a model', () => {
  it('asks for nothing while the guarantee is kept and the mix stays', () =>
    expect(judgeModel(observation({ report: served(570, 600) }), policy)).toMatchObject({
      retrain: null,
      drift: { verdict: 'stable' },
    }));

  it('asks for a retraining when even the upper bound of agreement is below the guarantee', () =>
    expect(judgeModel(observation({ report: served(530, 600) }), policy).retrain).toMatch(/530 of the 600/));

  it('does not ask for one because of bad luck: 27 of 30 is compatible with 0.93', () =>
    expect(judgeModel(observation({ report: served(27, 30) }), policy).retrain).toBeNull());

  it('reports drift at once and asks for a retraining when it does not pass', () => {
    const first = judgeModel(observation({ recent: shifted }), policy);
    expect(first).toMatchObject({ drift: { verdict: 'drifted' }, retrain: null });
    expect(judgeModel(observation({ recent: shifted, driftedBefore: 1 }), policy).retrain).toMatch(
      /2 observations in a row/,
    );
  });

  it('notices a tool that nobody used before', () =>
    expect(
      judgeModel(observation({ recent: mix({ send: 250, block: 150, open: 100, close: 500 }) }), policy).drift.verdict,
    ).toBe('drifted'));

  it('calls a handful of decisions insufficient instead of alarming', () =>
    expect(judgeModel(observation({ recent: mix({ send: 5, block: 1, open: 14 }) }), policy).drift.verdict).toBe(
      'insufficient',
    ));

  it('asks once per version', () =>
    expect(judgeModel(observation({ report: served(530, 600), retrainingAsked: true }), policy).retrain).toBeNull());
});
