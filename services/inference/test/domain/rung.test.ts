import { emptyWindow, enoughRequests, type Traffic } from '@retort/statistics';
import { describe, expect, it } from 'vitest';
import { rungEvent, rungFor } from '../../src/domain/rung.ts';

const after = (requests: number, rung: number): Traffic => ({
  sure: emptyWindow,
  window: { ...emptyWindow, full: [{ successes: 0, trials: requests }] },
  rung,
});

describe('the rung that a version serves by', () => {
  const ofKey = (own: Traffic, agent: Traffic) => ({ own, byAgent: new Map([['loan', agent]]), last: 1 });
  const all = after(2000, 0.02);
  const few = after(enoughRequests - 1, 0.5);
  const enough = after(enoughRequests, 0.5);

  it('is what the agent asked with this key, once that is enough, else what the key asked, else what all did', () => {
    const rung = (own: Traffic, agent: Traffic) =>
      rungFor({ all, byKey: new Map([['k', ofKey(own, agent)]]) }, { key: 'k', agent: 'loan' });
    expect(rung(few, few)).toBe(0.02);
    expect(rung(enough, few)).toBe(0.5);
    expect(rung(after(2000, 0.1), enough)).toBe(0.5);
    expect(rung(after(2000, 0.1), few)).toBe(0.1);
  });

  it('is not moved by what another key asks in the name of the agent', () => {
    const byKey = new Map([
      ['own', ofKey(after(2000, 0.01), after(2000, 0.01))],
      ['other', ofKey(enough, enough)],
    ]);
    expect(rungFor({ all, byKey }, { key: 'own', agent: 'loan' })).toBe(0.01);
  });
});

describe('a change of rung', () => {
  it('tells its figures', () => {
    const choice = { requests: 2000, above: 240, share: 0.128, lower: 0.1, upper: 0.151, rung: 0.2 };
    const of = { model: 'm', modelVersion: 'v1', key: 'k', agent: 'loan' };
    expect(rungEvent(of, { from: 0.05, choice })).toEqual({
      model: 'm',
      model_version: 'v1',
      key_id: 'k',
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
