import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../src/map-concurrently.ts';

describe('mapConcurrently', () => {
  it('runs no more than the limit at a time and keeps the order of the items', async () => {
    let running = 0;
    let most = 0;
    const results = await mapConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return item * 10;
    });
    expect(results).toEqual([10, 20, 30, 40, 50]);
    expect(most).toBe(2);
  });

  it('rejects with the first failure', async () => {
    const work = async (item: number) => {
      if (item === 2) throw new Error('the second failed');
      return item;
    };
    await expect(mapConcurrently([1, 2, 3], 2, work)).rejects.toThrow('the second failed');
  });
});
