import { describe, expect, it } from 'vitest';
import { recordBatch } from '../src/app/record-batch.ts';

describe('a batch', () => {
  it('is neither checked further nor stored once nobody waits for its answer', async () => {
    let checked = 0;
    let submitted = 0;
    const author = { tenant: 'acme', trace: { correlationId: 'c', causationId: null }, isService: false };
    const recording = recordBatch([1, 2, 3, 4], author, {
      toolsets: {} as never,
      clock: () => new Date(),
      newId: () => 'id',
      commits: { submit: async () => ((submitted += 1), []) } as never,
      admittedOf: () => {
        checked += 1;
        throw new Error('refused');
      },
      isGone: () => checked === 2,
      render: () => ({ status: 422, problem: {} }),
    });
    await expect(recording).rejects.toMatchObject({ code: 'request.incomplete' });
    expect([checked, submitted]).toEqual([2, 0]);
  });
});
