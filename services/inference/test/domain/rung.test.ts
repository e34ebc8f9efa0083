import { emptyWindow, enoughRequests, type Traffic } from '@retort/statistics';
import { describe, expect, it } from 'vitest';
import { rungEvent, rungFor } from '../../src/domain/rung.ts';

const after = (requests: number, rung: number): Traffic => ({
  sure: emptyWindow,
  window: { ...emptyWindow, full: [{ successes: 0, trials: requests }] },
  rung,
});

describe('the rung that a version serves by', () => {
  it('is an agent’s own once it has enough requests', () => {
    const all = after(2000, 0.02);
    expect(rungFor(all, undefined)).toBe(0.02);
    expect(rungFor(all, after(enoughRequests - 1, 0.5))).toBe(0.02);
    expect(rungFor(all, after(enoughRequests, 0.5))).toBe(0.5);
  });
});

describe('a change of rung', () => {
  it('tells its figures', () => {
    const choice = { requests: 2000, above: 240, share: 0.128, lower: 0.1, upper: 0.151, rung: 0.2 };
    const of = { model: 'm', modelVersion: 'v1', agent: 'loan' };
    expect(rungEvent(of, { from: 0.05, choice })).toEqual({
      model: 'm',
      model_version: 'v1',
      agent: 'loan',
      from: 0.05,
      to: 0.2,
      requests: 2000,
      above: 240,
      share: 0.128,
      upper: 0.151,
    });
  });
});
