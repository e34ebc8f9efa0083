import { describe, expect, it } from 'vitest';
import { learnSignals } from '../../src/arguments/programs/parameters.ts';
import type { Row } from '../../src/arguments/context/rows.ts';

const row = (amount: number, told: Pick<Row, 'arguments' | 'partial'>): Row => ({
  tool: 'pay',
  context: { amount },
  leaves: [{ path: ['amount'], key: 'amount', value: amount }],
  today: undefined,
  fold: 0,
  group: String(amount),
  weight: 1,
  ...told,
});
const amounts = Array.from({ length: 80 }, (_, index) => index % 40);
const express = { arguments: new Map([['/express', true]]), partial: false };
const thresholds = (small: Pick<Row, 'arguments' | 'partial'>) =>
  learnSignals(amounts.map((amount) => row(amount, amount < 20 ? small : express))).flatMap(
    (signal) => signal.thresholds,
  );

describe('a threshold that an argument turns on', () => {
  it('is where it begins to be there, and not where it is no longer unknown', () => {
    expect(thresholds({ arguments: new Map(), partial: false })).toContain(19);
    expect(thresholds({ arguments: new Map(), partial: true })).not.toContain(19);
  });
});
