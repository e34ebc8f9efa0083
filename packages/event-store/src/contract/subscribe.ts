import { describe, expect, it } from 'vitest';
import type { EventBatch, RecordedEvent } from '../port.ts';
import { comparePositions } from '../position.ts';
import { follow, freshStream, ids, newEvent, request } from './events.ts';
import type { ContractContext } from './subject.ts';

export function subscribeContract({ subject, unless }: ContractContext): void {
  const store = () => subject().store;
  const append = async (count: number, stream = freshStream()) => {
    const events = Array.from({ length: count }, () => newEvent());
    await store().append(request(stream, events));
    return events;
  };
  /** Runs with a signal that is aborted afterwards. */
  const subscribed = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController();
    try {
      return await work(controller.signal);
    } finally {
      controller.abort();
    }
  };

  describe('subscribe', () => {
    it('gives history first and then what comes, from this client and from another', async () => {
      const after = await store().head();
      const history = await append(3);
      const another = await subject().another();
      const live: string[] = [];
      const { events } = await subscribed((signal) =>
        follow(store().subscribe({ after, signal }), (seen) => {
          if (seen.length === 3 && live.length === 0) {
            const events = [newEvent(), newEvent()];
            live.push(...ids(events));
            void store()
              .append(request(freshStream(), [events[0]!]))
              .then(() => another.append(request(freshStream(), [events[1]!])));
          }
          return seen.length === 5;
        }),
      );
      await another.close();
      expect(ids(events)).toEqual([...ids(history), ...live]);
    });

    it('resumes from the position of any batch without a gap or a repeat', async () => {
      const after = await store().head();
      const events = await append(23);
      const seen: RecordedEvent[] = [];
      let position = after;
      while (seen.length < 23) {
        const part = await subscribed((signal) =>
          follow(store().subscribe({ after: position, signal, batchSize: 5 }), () => true),
        );
        expect(part.events.length).toBeLessThanOrEqual(5);
        seen.push(...part.events);
        position = part.position;
      }
      expect(ids(seen)).toEqual(ids(events));
    });

    it('says when it has caught up, also when it resumes at the very end', async () => {
      await append(1);
      const after = await store().head();
      await subscribed(async (signal) => {
        const batch = await store().subscribe({ after, signal })[Symbol.asyncIterator]().next();
        expect(batch.value).toEqual({ events: [], position: after, caughtUp: true });
      });
    });

    it('moves its position past events that the filter leaves out', async () => {
      const after = await store().head();
      await append(4);
      const head = await store().head();
      const { events, position } = await subscribed((signal) =>
        follow(store().subscribe({ after, signal, filter: { types: ['NEVER'] } }), (_, batch) => batch.caughtUp),
      );
      expect(events).toEqual([]);
      expect(comparePositions(position, after ?? '0/0')).toBeGreaterThan(0);
      expect(comparePositions(position, head!)).toBeGreaterThanOrEqual(0);
    });

    it('gives only what the filter names', async () => {
      const after = await store().head();
      const wanted = newEvent({ type: 'WANTED' });
      await store().append(request(freshStream(), [newEvent(), wanted, newEvent()]));
      const { events } = await subscribed((signal) =>
        follow(store().subscribe({ after, signal, filter: { types: ['WANTED'] } }), (_, batch) => batch.caughtUp),
      );
      expect(ids(events)).toEqual([wanted.id]);
    });

    it('ends without an error when its signal aborts, also while it waits', async () => {
      await append(1);
      const controller = new AbortController();
      const batches = store().subscribe({ after: await store().head(), signal: controller.signal });
      let turns = 0;
      for await (const batch of batches) {
        turns++;
        if (batch.caughtUp) setImmediate(() => controller.abort());
      }
      expect(turns).toBe(1);
    });

    it("fetches at its consumer's pace: one that stands still holds up neither writers nor other subscribers", async () => {
      const after = await store().head();
      await subscribed(async (signal) => {
        const slow = store().subscribe({ after, signal, batchSize: 10 })[Symbol.asyncIterator]();
        const first = await Promise.all([slow.next(), append(10)]);
        const written: string[] = [];
        for (let round = 0; round < 20; round++) written.push(...ids(await append(50)));
        const quick = await follow(store().subscribe({ after, signal }), (seen) => seen.length === 1_010);
        expect(quick.events).toHaveLength(1_010);
        // It then reads all of it, in batches of its own size.
        const seen = [...(first[0].value as EventBatch).events];
        while (seen.length < 1_010) {
          const next = (await slow.next()).value as EventBatch;
          expect(next.events.length).toBeLessThanOrEqual(10);
          seen.push(...next.events);
        }
        expect(ids(seen.slice(10))).toEqual(written);
      });
    });

    it('hands large events over a few at a time, whatever the size of a batch may be in number', async () => {
      const after = await store().head();
      const json = `"${'x'.repeat(800_000)}"`;
      const stream = freshStream();
      const written = Array.from({ length: 40 }, () => newEvent({ json }));
      for (const event of written) await store().append(request(stream, [event]));
      await subscribed(async (signal) => {
        const seen: string[] = [];
        for await (const { events } of store().subscribe({ after, signal, batchSize: 2_000 })) {
          seen.push(...ids(events));
          expect(events.length).toBeLessThanOrEqual(15);
          if (seen.length >= written.length) break;
        }
        expect(seen).toEqual(ids(written));
      });
    });

    it('loses and repeats nothing while several writers append', async () => {
      const after = await store().head();
      const streams = Array.from({ length: 6 }, () => freshStream());
      const writing = Promise.all(
        streams.map(async (stream) => {
          for (let turn = 0; turn < 15; turn++) await append(1 + (turn % 3), stream);
        }),
      );
      const { events } = await subscribed((signal) =>
        follow(store().subscribe({ after, signal, batchSize: 7 }), (seen) => seen.length >= 6 * 30),
      );
      await writing;
      expect(new Set(ids(events)).size).toBe(180);
      const positions = events.map((event) => event.position);
      expect(positions).toEqual([...positions].sort(comparePositions));
      for (const stream of streams) {
        const revisions = events.filter((event) => event.stream === stream).map((event) => Number(event.revision));
        expect(revisions).toEqual(Array.from({ length: 30 }, (_, index) => index));
      }
    });

    unless('overlapping-writes', 'never passes a writer that has not committed yet', async () => {
      const after = await store().head();
      const slowEvent = newEvent();
      const slow = await subject().appendSlowly!(request(freshStream(), [slowEvent]));
      const [quickEvent] = await append(1);
      const seenEarly = await store().head();
      expect(seenEarly).toBe(after);
      await slow.commit();
      const { events } = await subscribed((signal) =>
        follow(store().subscribe({ after, signal }), (seen) => seen.length === 2),
      );
      expect(ids(events)).toEqual([slowEvent.id, quickEvent!.id]);
    });

    unless('cut-connections', 'resumes after its connection was lost, without a gap or a repeat', async () => {
      await append(1);
      const after = await store().head();
      const written: string[] = [];
      let cuts = 0;
      const { events } = await subscribed((signal) =>
        follow(store().subscribe({ after, signal, batchSize: 4 }), (seen) => {
          if (seen.length === cuts * 10 && cuts < 3) {
            cuts++;
            void subject().cutConnections!().then(() => appendSurely(written));
          }
          return seen.length === 30;
        }),
      );
      expect(ids(events)).toEqual(written);
    });

    /** Ten events, one retry-safe append each: writers too see the cut. */
    const appendSurely = async (written: string[]) => {
      const stream = freshStream();
      for (let index = 0; index < 10; index++) {
        const event = newEvent();
        for (let stored = false; !stored;)
          stored = await store()
            .append(request(stream, [event], index === 0 ? 'no-stream' : BigInt(index - 1)))
            .then(
              () => true,
              () => false,
            );
        written.push(event.id);
      }
    };
  });
}
