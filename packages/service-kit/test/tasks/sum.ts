import type { OnProgress } from '../../src/index.ts';

export default function sum(numbers: Float64Array, report: OnProgress): number {
  let total = 0;
  for (const number of numbers) total += number;
  report({ fraction: 1, step: 'summed' });
  return total;
}
