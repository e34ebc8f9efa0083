import { unlimited } from '@retort/contracts';
import { fakeClock, until } from '@retort/testing';
import { describe, expect, it } from 'vitest';
import { storedRows } from '../src/app/stored-rows.ts';

const writer = (quota: number | null) => ({
  tenant: 'acme',
  trace: { correlationId: 'test', causationId: null },
  usage: { quotas: { ...unlimited, stored_rows: quota }, take: () => undefined },
});

describe('the quota of stored rows', () => {
  it('counts once, adds what it lets in, and refuses what does not fit', async () => {
    let counts = 0;
    const rows = storedRows({ clock: fakeClock().now, count: async () => (counts++, 7) });
    await rows.admit(writer(10), 2);
    await rows.admit(writer(10), 1);
    expect(() => rows.admit(writer(10), 1)).toThrow('0 more fit');
    expect(counts).toBe(1);
  });

  it('counts again beside the requests, so that what was erased makes room', async () => {
    const clock = fakeClock();
    let held = 10;
    const rows = storedRows({ clock: clock.now, count: async () => held });
    await expect(rows.admit(writer(10), 1)).rejects.toThrow('0 more fit');
    held = 2;
    clock.advance(10_001);
    expect(() => rows.admit(writer(10), 8)).toThrow('0 more fit');
    await until('the new count', () => {
      try {
        void rows.admit(writer(10), 8);
        return true;
      } catch {
        return false;
      }
    });
  });

  it('keeps the last count when counting fails', async () => {
    const clock = fakeClock();
    let broken = false;
    const rows = storedRows({
      clock: clock.now,
      count: async () => {
        if (broken) throw new Error('unreachable');
        return 0;
      },
    });
    await rows.admit(writer(2), 1);
    broken = true;
    clock.advance(10_001);
    await rows.admit(writer(2), 1);
    expect(() => rows.admit(writer(2), 1)).toThrow('0 more fit');
  });

  it('asks nobody where there is none', () => {
    const rows = storedRows({ clock: fakeClock().now, count: () => Promise.reject(new Error('asked')) });
    expect(rows.admit(writer(null), 1_000_000)).toBeUndefined();
  });
});
