import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { appendOnce } from '../append-once.ts';
import { collect, freshStream, ids, newEvent, request } from './events.ts';
import type { ContractContext } from './subject.ts';

export function onceContract({ subject, unless }: ContractContext): void {
  const store = () => subject().store;
  const stored = async (stream: string) => ids(await collect(store().readStream(stream)));

  describe('appendOnce', () => {
    it('stores an event that is new, and knows it again behind others', async () => {
      const stream = freshStream();
      const event = newEvent();
      expect(await appendOnce(store(), { stream, event })).toMatchObject({ status: 'appended', revision: 0n });
      await store().append(request(stream, [newEvent(), newEvent()]));
      expect(await appendOnce(store(), { stream, event })).toMatchObject({ status: 'duplicate', revision: 0n });
      expect(await stored(stream)).toHaveLength(3);
    });

    it('stores an event once when many attempts at it race, beside writers of others', async () => {
      const stream = freshStream();
      const event = newEvent();
      const another = await subject().another();
      const outcomes = await Promise.all([
        ...Array.from({ length: 4 }, () => appendOnce(store(), { stream, event })),
        ...Array.from({ length: 4 }, () => appendOnce(another, { stream, event })),
        ...Array.from({ length: 4 }, () => store().append(request(stream))),
      ]);
      await another.close();
      // (A store that does not know its ids may tell the same first time to several that asked at once.)
      expect(outcomes.slice(0, 8).map(({ status }) => status)).toContain('appended');
      expect((await stored(stream)).filter((id) => id === event.id)).toHaveLength(1);
    });

    unless('restart', 'makes one attempt at an append, whatever becomes of its answer', async () => {
      const stream = freshStream();
      let [restarting, unanswered] = [true, 0];
      const appendOn = async () => {
        while (restarting) {
          await store()
            .append(request(stream))
            .catch(() => unanswered++);
          await delay(1);
        }
      };
      const writers = Array.from({ length: 16 }, appendOn);
      await subject().restart!();
      restarting = false;
      await Promise.all(writers);
      expect(unanswered).toBeGreaterThan(0);
      await appendOnce(store(), { stream, event: newEvent() });
      const found = await stored(stream);
      expect(found).toHaveLength(new Set(found).size);
    });

    unless('restart', 'settles appends whose answers were lost with the server: each event once', async () => {
      const stream = freshStream();
      const events = Array.from({ length: 60 }, () => newEvent());
      const first = Promise.allSettled(events.map((event) => store().append(request(stream, [event]))));
      await subject().restart!();
      await first;
      for (const event of events)
        for (let settled = false; !settled;)
          settled = await appendOnce(store(), { stream, event }).then(
            () => true,
            () => false,
          );
      expect((await stored(stream)).toSorted()).toEqual(ids(events).toSorted());
    });
  });
}
