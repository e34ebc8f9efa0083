import { describe, expect, it } from 'vitest';
import { searchConfiguration, splitDecisions, splitKey, trainStudent, type TaughtDecision } from '../src/index.ts';
import { decisions, options } from './decisions.ts';

const rows = decisions(1200);
const poor = { epochs: 1, learningRate: 0.0001, linearRate: 0.0001, hidden: 8, networks: 1, folds: 2 };
const good = { epochs: 6, hidden: 8, networks: 1, folds: 2 };
const worse = { ...good, epochs: 1, linearRate: 0.001 };

/** A clock that moves by one second whenever a candidate is trained. */
function search(
  candidates: object[],
  { seconds = 1000, from = rows }: { seconds?: number; from?: TaughtDecision[] } = {},
) {
  const seen = new Set<string>();
  let clock = 0;
  const record = searchConfiguration(from, {
    search: { candidates: candidates as never, seconds },
    options,
    train: (sample, trainingOptions, onProgress) => {
      clock++;
      for (const { id } of sample) seen.add(id);
      return trainStudent(sample, trainingOptions, onProgress);
    },
    now: () => clock,
    onProgress: () => undefined,
  });
  return { record, seen };
}

describe('a search over configurations', () => {
  it('chooses the one that agrees clearly better by cross-validation, and says by how much', () => {
    const { record } = search([poor, good]);
    expect(record.chosen).toEqual(good);
    expect(record.why).toMatch(/Clearly better than the first: [01]\.\d{4} against 0\.\d{4}/);
    expect(record.tried).toHaveLength(2);
    expect(record.tried[1]!.call_agreement).toBeGreaterThan(record.tried[0]!.call_agreement!);
  });

  it('stays with the first when another is worse, or no clearer than chance', () => {
    expect(search([good, worse]).record.chosen).toEqual(good);
    expect(search([good, { ...good, epochs: 7 }]).record.chosen).toEqual(good);
  });

  it('looks at no decision that will choose the threshold', () => {
    const { seen } = search([poor, good]);
    const { tune } = splitDecisions(rows.map(splitKey), { folds: 2, seed: options.seed });
    expect(seen.size).toBeGreaterThan(200);
    rows.forEach(({ id }, index) => tune[index] === 0 && expect(seen.has(id)).toBe(false));
  });

  it('begins no candidate that would not end in time, and says how many it left', () => {
    const { record } = search([poor, good, worse], { seconds: 1.5 });
    expect(record.tried).toHaveLength(1);
    expect(record).toMatchObject({ chosen: poor, left: 2 });
  });

  it('compares nothing where there is too little to tell by, and trains as before', () => {
    const { record } = search([good, worse], { from: rows.slice(0, 100) });
    expect(record).toMatchObject({ chosen: good, tried: [] });
    expect(record.why).toContain('200 are needed');
  });
});
