import { describe, expect, it } from 'vitest';
import { comparePositions } from '../position.ts';
import { collect, freshStream, ids, newEvent, request } from './events.ts';
import type { ContractContext } from './subject.ts';

export function readContract({ subject }: ContractContext): void {
  const store = () => subject().store;

  describe('read', () => {
    it('reads a stream forwards, backwards, from a revision, up to a limit, and a missing one as empty', async () => {
      const stream = freshStream();
      const events = Array.from({ length: 5 }, () => newEvent());
      await store().append(request(stream, events));
      const revisions = async (options?: Parameters<ReturnType<typeof store>['readStream']>[1]) =>
        (await collect(store().readStream(stream, options))).map((event) => Number(event.revision));
      expect(await revisions()).toEqual([0, 1, 2, 3, 4]);
      expect(await revisions({ direction: 'backwards' })).toEqual([4, 3, 2, 1, 0]);
      expect(await revisions({ from: 2n, limit: 2 })).toEqual([2, 3]);
      expect(await revisions({ from: 2n, direction: 'backwards' })).toEqual([2, 1, 0]);
      expect(await collect(store().readStream(freshStream()))).toEqual([]);
    });

    it('reads a stream longer than a page', async () => {
      const stream = freshStream();
      const events = Array.from({ length: 1_203 }, () => newEvent());
      await store().append(request(stream, events));
      expect(ids(await collect(store().readStream(stream)))).toEqual(ids(events));
      const backwards = await collect(store().readStream(stream, { direction: 'backwards', limit: 1_100 }));
      expect(ids(backwards)).toEqual(ids(events.toReversed().slice(0, 1_100)));
    });

    it('reads the log in its order, every event once, between two positions', async () => {
      const before = await store().head();
      const stream = freshStream();
      await Promise.all(
        Array.from({ length: 12 }, () => store().append(request(freshStream(), [newEvent(), newEvent()]))),
      );
      await store().append(request(stream));
      const all = await collect(store().readAll({ after: before }));
      expect(all).toHaveLength(25);
      expect(all.map((event) => event.position)).toEqual(all.map((event) => event.position).sort(comparePositions));
      expect(new Set(ids(all)).size).toBe(25);
      const [after, until] = [all[4]!.position, all[9]!.position];
      expect(ids(await collect(store().readAll({ after, until })))).toEqual(ids(all.slice(5, 10)));
      expect(ids(await collect(store().readAll({ after, limit: 3 })))).toEqual(ids(all.slice(5, 8)));
      expect(comparePositions((await store().head())!, all.at(-1)!.position)).toBeGreaterThanOrEqual(0);
    });

    it('filters by type and by stream prefix, both together', async () => {
      const after = await store().head();
      const prefix = `toolset-${newEvent().id.slice(0, 8)}`;
      const wanted = newEvent({ type: 'WANTED' });
      const elsewhere = newEvent({ type: 'WANTED' });
      await store().append(request(freshStream(prefix), [newEvent(), wanted]));
      await store().append(request(freshStream(), [elsewhere]));
      const read = async (filter: { types?: string[]; streamPrefixes?: string[] }) =>
        ids(await collect(store().readAll({ after, filter })));
      expect(await read({ types: ['WANTED'] })).toEqual(ids([wanted, elsewhere]));
      expect(await read({ types: ['WANTED'], streamPrefixes: [prefix] })).toEqual(ids([wanted]));
      expect(await read({ streamPrefixes: [prefix, 'nothing-'] })).toHaveLength(2);
      expect(await read({ types: ['NEVER'] })).toEqual([]);
    });
  });
}
