import { guaranteeInWords, slicesInWords, type SliceGuarantee } from '@retort/contracts';
import { describe, expect, it } from 'vitest';

const guarantee = { kind: 'ltt', target: 0.93, confidence: 0.95, threshold: 0.7 } as const;
const none = { value: null, numerator: 0, denominator: 0 };
const tool = (promised: boolean, withheld = false): SliceGuarantee => ({
  by: 'tool',
  name: 'pay',
  call_agreement: none,
  served_call_agreement: none,
  threshold: null,
  promised,
  withheld,
});

describe('a guarantee in words', () => {
  it('says of what, how much and how surely', () =>
    expect(guaranteeInWords(guarantee)).toBe(
      'At least 93% of what the student serves is the teacher’s whole answer, at 95% confidence, as long as requests stay as they were.',
    ));
  it('names the share of never-seen requests that it withstands', () => {
    expect(guaranteeInWords({ ...guarantee, share: 0.05 })).toContain(
      'at 95% confidence, while at most 5% of the requests are of a kind never seen.',
    );
    expect(guaranteeInWords({ ...guarantee, share: 0 })).toContain('while no request is of a kind never seen.');
  });
  it('says when it is approximate', () =>
    expect(guaranteeInWords({ ...guarantee, kind: 'ltt-cross-fitted' })).toContain('approximate'));
  it('says when there is none', () =>
    expect(guaranteeInWords({ ...guarantee, kind: 'none', threshold: null })).toContain('Nothing is guaranteed'));
  it('does not let the whole stand for its parts', () => {
    expect(slicesInWords([tool(true), tool(false), tool(false, true)])).toBe(
      'The guarantee is over all tools together; 1 of 3 tools also keep it by themselves. 1 falls below the floor and is left to the teacher.',
    );
    expect(slicesInWords([])).toBeNull();
  });
});
