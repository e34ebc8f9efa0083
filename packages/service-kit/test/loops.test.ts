import { describe, expect, it } from 'vitest';
import { createLogger } from '../src/index.ts';
import { supervise } from '../src/loops.ts';

const log = createLogger({ level: 'silent' });

describe('a supervised loop', () => {
  it('is started again after it failed, and is not ready meanwhile', async () => {
    const stop = new AbortController();
    let runs = 0;
    let restarted: () => void = () => undefined;
    const running = new Promise<void>((resolve) => (restarted = resolve));
    const supervised = supervise(
      {
        name: 'projection',
        run: async (signal) => {
          runs += 1;
          if (runs === 1) throw new Error('down');
          restarted();
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        },
      },
      { signal: stop.signal, log, firstMs: 30 },
    );
    // No timer fires between two microtasks, however long the machine takes over them: the restart is yet to come.
    let seen: unknown;
    for (let turn = 0; turn < 10; turn++) seen ??= await supervised.check().catch((error: unknown) => error);
    expect(seen).toMatchObject({ message: 'projection is down' });
    await running;
    await expect(supervised.check()).resolves.toBeUndefined();
    stop.abort();
    await supervised.ended;
    expect(runs).toBe(2);
  });

  it('ends with the signal even while it waits for its restart', async () => {
    const stop = new AbortController();
    const failing = { name: 'x', run: () => Promise.reject(new Error('always')) };
    const supervised = supervise(failing, { signal: stop.signal, log, firstMs: 60_000 });
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await supervised.ended;
  });
});
