import type { StudentCard } from '@retort/student';
import { countAudit, noAudits } from '@retort/statistics';
import { describe, expect, it } from 'vitest';
import { isWrong, monitorOf, withdrawnEvent } from '../../src/domain/audit.ts';

const slice = (by: 'tool' | 'agent', name: string, promised: boolean) => ({ by, name, promised });
const card = {
  guarantee: { kind: 'ltt', target: 0.93, confidence: 0.95, threshold: 0.5 },
  slices: {
    policy: 'reported',
    toolFloor: 0.8,
    toolFloors: { pay: 0.9 },
    tested: 3,
    of: [slice('tool', 'block', true), slice('tool', 'pay', false), slice('agent', 'loan', true)],
  },
} as unknown as Pick<StudentCard, 'guarantee' | 'slices'>;
const monitor = monitorOf(card);

describe('what a version serves', () => {
  it('is held to the guarantee as a whole, a tool or agent to its own guarantee or to its floor', () => {
    const allowed = (tool: string, agent?: string) =>
      monitor.slicesOf({ tool, agent }).map((one) => [one.by, one.name, monitor.allowed(one)?.toFixed(2)]);
    expect(allowed('block', 'loan')).toEqual([
      ['all', null, '0.07'],
      ['tool', 'block', '0.07'],
      ['agent', 'loan', '0.07'],
    ]);
    expect(allowed('pay', 'stranger').slice(1)).toEqual([
      ['tool', 'pay', '0.10'],
      ['agent', null, '0.20'],
    ]);
  });

  it('needs G/δ_k of evidence to be withdrawn: more for later versions of the model', () => {
    // Three slices, the whole, and unknown agents share δ = .05; its first part is 6/π² of it.
    expect(monitor.needed(1)).toBeCloseTo(5 / ((6 * 0.05) / Math.PI ** 2), 6);
    expect(monitor.needed(3)).toBeCloseTo(9 * monitor.needed(1), 6);
  });

  it('is not monitored where nothing is demanded of it', () => {
    const lenient = monitorOf({ ...card, slices: { ...card.slices!, toolFloor: 0, toolFloors: {} } });
    expect(lenient.allowed({ by: 'tool', name: 'pay' })).toBeNull();
  });
});

describe('an audited answer', () => {
  const pay = { tool: 'pay', parameters: { amount: 1 } };
  const look = { tool: 'look', parameters: {} };

  it('is wrong unless it is the teacher’s whole turn, in whatever order', () => {
    expect(isWrong([pay], [{ tool: 'pay', parameters: { amount: 1.0 } }])).toBe(false);
    expect(isWrong([pay, look], [look, pay])).toBe(false);
    expect(isWrong([pay], [pay, look])).toBe(true);
    expect(isWrong([pay], [])).toBe(true);
    expect(isWrong([pay], [{ tool: 'pay', parameters: { amount: 2 } }])).toBe(true);
  });
});

describe('a withdrawal', () => {
  it('tells its figures, and in words', () => {
    let evidence = noAudits(0.07);
    for (let audit = 0; audit < 40; audit++) evidence = countAudit(evidence, { wrong: audit % 4 === 0 });
    const slice = { by: 'tool', name: 'block' } as const;
    expect(withdrawnEvent({ model: 'm', modelVersion: 'v1', slice, evidence, needed: 20 })).toMatchObject({
      slice,
      audits: 40,
      wrong: 10,
      estimate: 0.25,
      needed: 20,
      reason: 'Of 40 audited answers of the tool block 10 were not the teacher’s; 7% may be wrong.',
    });
  });
});
