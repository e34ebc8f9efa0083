import { setTimeout as delay } from 'node:timers/promises';
import { isFault } from '@retort/kernel';
import { afterAll, describe, expect, it } from 'vitest';
import { computeThreads } from '../src/compute/compute.ts';
import type { Progress } from '../src/index.ts';

const compute = computeThreads({ threads: 1 });
afterAll(() => compute.close());
const task = (name: string) => new URL(`./tasks/${name}.ts`, import.meta.url);

describe('a computation in a thread', () => {
  it('returns its result and reports its progress', async () => {
    const received: Progress[] = [];
    const numbers = Float64Array.from({ length: 1000 }, (_, n) => n);
    const onProgress = (progress: Progress) => received.push(progress);
    expect(await compute.run(task('sum'), numbers, { onProgress, transfer: [numbers.buffer] })).toBe(499_500);
    expect(received.at(-1)).toEqual({ fraction: 1, step: 'summed' });
    expect(numbers.byteLength).toBe(0);
  });

  it('throws the fault that the task threw, and says of any other error what it was', async () => {
    const failed: unknown = await compute.run(task('fail'), 'fault').catch((error: unknown) => error);
    expect(isFault(failed, 'training.too-few-decisions') && failed.detail.status).toBe(422);
    await expect(compute.run(task('fail'), 'error')).rejects.toMatchObject({ name: 'RangeError', message: 'plain' });
  });

  it('survives a thread that dies', async () => {
    await expect(compute.run(task('fail'), 'exit')).rejects.toMatchObject({ code: 'compute.thread-lost' });
    expect(await compute.run(task('sum'), new Float64Array([1, 2]))).toBe(3);
  });

  it('stops at once when it is aborted, and lets the next one in', async () => {
    const abort = new AbortController();
    const spinning = compute.run(task('spin'), null, { signal: abort.signal });
    const waiting = compute.run(task('sum'), new Float64Array([4]));
    abort.abort(new Error('enough'));
    await expect(spinning).rejects.toThrow('enough');
    expect(await waiting).toBe(4);
  });

  it('leaves the queue when it is aborted before its turn', async () => {
    const first = new AbortController();
    const second = new AbortController();
    const spinning = compute.run(task('spin'), null, { signal: first.signal });
    const queued = compute.run(task('spin'), null, { signal: second.signal });
    second.abort(new Error('never mind'));
    await expect(queued).rejects.toThrow('never mind');
    first.abort(new Error('enough'));
    await expect(spinning).rejects.toThrow('enough');
  });

  it('is given to no thread that is being ended because it had nothing to do', async () => {
    const hasty = computeThreads({ threads: 1, idleMs: 1 });
    for (let round = 0; round < 4; round++) {
      expect(await hasty.run(task('sum'), new Float64Array([1, 2]))).toBe(3);
      // Its millisecond is over.
      await delay(1);
    }
    await hasty.close();
  });

  it('hands buffers over', async () => {
    const weights = await compute.run<number, Float32Array>(task('buffers'), 4);
    expect([...weights]).toEqual([0.5, 0.5, 0.5, 0.5]);
  });

  it('refuses an input that cannot be cloned, and goes on', async () => {
    await expect(compute.run(task('sum'), () => 1)).rejects.toThrow('structured-cloneable');
    expect(await compute.run(task('sum'), new Float64Array([7]))).toBe(7);
  });
});
