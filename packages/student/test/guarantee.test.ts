import { describe, expect, it } from 'vitest';
import { findGuarantee, type Judged, type GuaranteeQuestion } from '../src/guarantee.ts';
import { rungFor, rungsOf } from '../src/ladder.ts';
import { servingRule } from '../src/serving-rule.ts';

const judged = (tool: string | null, count: number, wrong = 0, more: Partial<Judged> = {}): Judged[] =>
  Array.from({ length: count }, (_, index) => ({
    tool,
    confidence: 0.9,
    agrees: index >= wrong,
    called: tool !== null,
    ...more,
  }));
const unlike = new Map([['out-of-scope', Array.from({ length: 300 }, () => ({ confidence: 0.1 }))]]);
const rungOf = (deciding: Judged[]) => {
  const sample = {
    known: deciding.map(({ confidence, agrees }) => ({ confidence, wrong: !agrees })),
    novel: unlike,
  };
  return rungFor(rungsOf({ samples: () => ({ deciding: sample, tune: sample }), target: 0.93, delta: 0.05 }), 0.05);
};
const ask = (deciding: Judged[], changes: Partial<GuaranteeQuestion> = {}) =>
  findGuarantee({
    deciding,
    tune: deciding,
    rung: rungOf(deciding),
    target: 0.93,
    confidence: 0.95,
    delta: 0.05,
    policy: 'reported',
    floors: { toolFloor: 0.8 },
    kind: 'ltt',
    ...changes,
  });
const sliceOf = (found: ReturnType<typeof ask>, name: string | null, by = 'tool') =>
  found.slices.of.find((slice) => slice.by === by && slice.name === name)!;

describe('the guarantee of a student', () => {
  const mixed = [...judged('sure', 900, 5), ...judged('rare', 12, 2), ...judged('hard', 100, 15)];

  it('is over everything it serves, and says which tools hold by themselves', () => {
    const found = ask(mixed);
    expect(found.guarantee).toMatchObject({ kind: 'ltt', target: 0.93, confidence: 0.95 });
    expect(found.served).toMatchObject({ coverage: 1, decisions: 1012, disagreements: 22 });
    expect(sliceOf(found, 'sure')).toMatchObject({ promised: true, served: 900, disagreements: 5 });
    expect(sliceOf(found, 'hard')).toMatchObject({ promised: false, threshold: null, served: 100 });
    expect(found.slices.tested).toBe(2);
  });

  it('serves nothing but tools that hold by themselves where that is required', () => {
    const found = ask(mixed, { policy: 'required' });
    expect(found.served).toMatchObject({ decisions: 900, disagreements: 5 });
    const rule = servingRule(found.guarantee, found.slices);
    expect(rule({ tool: 'sure' })).toBeTypeOf('number');
    for (const tool of ['hard', 'rare', 'never seen', null]) expect(rule({ tool })).toBe('slice-without-promise');
  });

  it('that requires slices holds the agent to it as well, where the request names one', () => {
    const found = ask([...judged('pay', 500, 2, { agent: 'good' }), ...judged('pay', 40, 0, { agent: 'new' })], {
      policy: 'required',
    });
    const rule = servingRule(found.guarantee, found.slices);
    expect(rule({ tool: 'pay', agent: 'good' })).toBeTypeOf('number');
    expect(rule({ tool: 'pay', agent: 'new' })).toBe('slice-without-promise');
    expect(rule({ tool: 'pay' })).toBeTypeOf('number');
    expect(found.served.decisions).toBe(500);
  });

  it('leaves a tool below its floor to the teacher, and counts nothing of it as served', () => {
    const found = ask([...judged('sure', 2000, 10), ...judged('poor', 60, 40)]);
    expect(sliceOf(found, 'poor')).toMatchObject({ withheld: true, served: 60, disagreements: 40 });
    expect(found.served).toMatchObject({ decisions: 2000, disagreements: 10 });
    expect(servingRule(found.guarantee, found.slices)({ tool: 'poor' })).toBe('tool-below-floor');
  });

  it('holds a tool to the floor of its own, where it has one', () => {
    const found = ask([...judged('sure', 2000, 10), ...judged('pay', 300, 30)], {
      floors: { toolFloor: 0.8, toolFloors: { pay: 0.97, toString: 1 } },
    });
    expect(sliceOf(found, 'pay').withheld).toBe(true);
    expect(sliceOf(found, 'sure').withheld).toBe(false);
    expect(found.slices).toMatchObject({ toolFloor: 0.8, toolFloors: { pay: 0.97 } });
  });

  it('never withholds a tool for what may be chance: two wrong of three are no proof', () => {
    const found = ask([...judged('sure', 2000, 10), ...judged('rare', 3, 2)]);
    expect(sliceOf(found, 'rare').withheld).toBe(false);
    expect(found.served.decisions).toBe(2003);
  });

  it('knows the proposal of no tool as a slice of its own', () =>
    expect(sliceOf(ask(judged(null, 300)), null)).toMatchObject({ promised: true }));

  it('is none where no threshold holds, and then no tool is served', () => {
    const found = ask(judged('hard', 500, 200));
    expect(found.guarantee).toMatchObject({ kind: 'none', threshold: null });
    expect(servingRule(found.guarantee, found.slices)({ tool: 'hard' })).toBe('no-threshold');
  });

  it('of a student from before there were slices is the one threshold', () =>
    expect(servingRule({ threshold: 0.4 }, undefined)({ tool: 'x' })).toBe(0.4));
});
