import type { EventStore, RecordedEvent } from '@retort/event-store';
import { fakeClock } from '@retort/testing';
import { describe, expect, it } from 'vitest';
import { readerLag } from '../src/app/reader-lag.ts';

const store = (...recorded: string[]): Pick<EventStore, 'readAll'> => ({
  async *readAll() {
    for (const recordedAt of recorded) yield { recordedAt } as RecordedEvent;
  },
});
const clock = fakeClock('2026-03-01T12:00:10Z').now;

describe('the lag of a reader', () => {
  it('is the age of the first event that it lacks', async () =>
    expect(await readerLag(null, { store: store('2026-03-01T12:00:00Z', '2026-03-01T12:00:09Z'), clock })).toBe(10));
  it('is none where it lacks nothing', async () => expect(await readerLag(null, { store: store(), clock })).toBe(0));
});
