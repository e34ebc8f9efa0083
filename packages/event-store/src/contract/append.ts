import { describe, expect, it } from 'vitest';
import type { AppendOutcome } from '../port.ts';
import { comparePositions } from '../position.ts';
import { collect, freshStream, ids, newEvent, request } from './events.ts';
import type { ContractContext } from './subject.ts';

const statuses = (outcomes: readonly AppendOutcome[]) => outcomes.map((outcome) => outcome.status);

export function appendContract({ subject, unless }: ContractContext): void {
  const store = () => subject().store;
  const stored = (stream: string) => collect(store().readStream(stream));

  describe('append', () => {
    it('gives back every member of an event as it was written, the JSON byte for byte', async () => {
      const stream = freshStream();
      const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const json = '{ "z": 1.0, "a":"\\u0000 ü 😀", "n":1e2 }';
      const event = newEvent({
        json,
        occurredAt: '2026-01-02T05:04:05+02:00',
        causationId: newEvent().id,
        traceParent,
      });
      const outcome = await store().append(request(stream, [event]));
      const [recorded] = await stored(stream);
      expect(recorded).toEqual({
        ...event,
        stream,
        revision: 0n,
        position: outcome.status === 'appended' && outcome.position,
        recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,}Z$/) as string,
      });
    });

    it('numbers the events of a stream from 0 without gaps', async () => {
      const stream = freshStream();
      const first = await store().append(request(stream, [newEvent(), newEvent()], 'no-stream'));
      const second = await store().append(request(stream, [newEvent()], 1n));
      expect([first.revision, second.revision]).toEqual([1n, 2n]);
      expect((await stored(stream)).map((event) => event.revision)).toEqual([0n, 1n, 2n]);
    });

    it('refuses a wrong expected revision with a 409, and stores nothing', async () => {
      const stream = freshStream();
      await store().append(request(stream));
      for (const expected of ['no-stream', 1n, 7n] as const)
        await expect(store().append(request(stream, [newEvent()], expected))).rejects.toMatchObject({
          code: 'event-store.conflict',
          detail: { status: 409, retriable: false },
        });
      await expect(store().append(request(freshStream(), [newEvent()], 0n))).rejects.toMatchObject({
        code: 'event-store.conflict',
      });
      expect(await stored(stream)).toHaveLength(1);
    });

    it('treats a retried append with the same event ids as the first one', async () => {
      const stream = freshStream();
      const once = request(stream, [newEvent(), newEvent()], 'no-stream');
      await store().append(once);
      await store().append(request(stream, [newEvent()], 1n));
      expect(await store().append(once)).toMatchObject({ status: 'duplicate', revision: 1n });
      expect(await stored(stream)).toHaveLength(3);
    });

    it('lets one of many concurrent writers with the same expectation win', async () => {
      const stream = freshStream();
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, () => store().append(request(stream, [newEvent()], 'no-stream'))),
      );
      expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
      expect(await stored(stream)).toHaveLength(1);
    });

    it('refuses text that no store can hold with a 400', async () => {
      for (const members of [{ correlationId: 'a\0b' }, { json: '{"a":"\ud800"}' }, { id: 'not-a-uuid' }])
        await expect(store().append(request(freshStream(), [newEvent(members)]))).rejects.toMatchObject({
          code: 'event-store.rejected',
          detail: { status: 400, retriable: false },
        });
    });

    unless(
      'unique-event-ids',
      'tells a retry with `any` revision, and what the log holds under those ids',
      async () => {
        const stream = freshStream();
        const event = newEvent({ json: '{"first":true}' });
        await store().append(request(stream, [event]));
        const again = await store().append(request(stream, [{ ...event, json: '{"first":false}' }]));
        expect(again).toMatchObject({ status: 'duplicate', revision: 0n, recorded: [{ json: '{"first":true}' }] });
      },
    );

    unless('unique-event-ids', 'knows an id again that was stored in another stream', async () => {
      const [one, other, event] = [freshStream(), freshStream(), newEvent()];
      await store().append(request(one, [event]));
      expect(await store().append(request(other, [event]))).toMatchObject({ recorded: [{ stream: one }] });
      expect(await stored(other)).toEqual([]);
    });

    unless('unique-event-ids', 'refuses a request of which only a part is there already', async () => {
      const stream = freshStream();
      const event = newEvent();
      await store().append(request(stream, [event]));
      await expect(store().append(request(stream, [event, newEvent()]))).rejects.toMatchObject({
        code: 'event-store.conflict',
      });
      expect(await stored(stream)).toHaveLength(1);
    });

    unless('unique-event-ids', 'stores an id once when writers of different streams race with it', async () => {
      const event = newEvent();
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, () => store().append(request(freshStream(), [event]))),
      );
      expect(statuses(outcomes).sort()).toEqual(['appended', ...Array<string>(5).fill('duplicate')]);
      const all = await collect(store().readAll());
      expect(all.filter((recorded) => recorded.id === event.id)).toHaveLength(1);
    });
  });

  describe('appendGroup', () => {
    it('stores requests to many streams and keeps the order of those to one', async () => {
      const [one, other] = [freshStream(), freshStream()];
      const events = Array.from({ length: 40 }, () => newEvent());
      const outcomes = await store().appendGroup(
        events.map((event, index) => request(index % 2 === 0 ? one : other, [event])),
      );
      expect(new Set(statuses(outcomes))).toEqual(new Set(['appended']));
      expect(ids(await stored(one))).toEqual(ids(events.filter((_, index) => index % 2 === 0)));
      expect(ids(await stored(other))).toEqual(ids(events.filter((_, index) => index % 2 === 1)));
      const positions = outcomes.flatMap((outcome) => (outcome.status === 'appended' ? outcome.position : []));
      const read = new Map((await collect(store().readAll())).map((event) => [event.id, event.position]));
      expect(positions).toEqual(events.map((event) => read.get(event.id)));
      expect((await stored(one)).map((event) => event.position)).toEqual(
        (await stored(one)).map((event) => event.position).sort(comparePositions),
      );
    });

    it('answers an empty group with nothing', async () => {
      expect(await store().appendGroup([])).toEqual([]);
    });

    it('gives a conflict to the request that has it, and stores its neighbours', async () => {
      const [taken, free] = [freshStream(), freshStream()];
      await store().append(request(taken));
      const outcomes = await store().appendGroup([
        request(free),
        request(taken, [newEvent()], 'no-stream'),
        request(free, [newEvent(), newEvent()], 0n),
      ]);
      expect(statuses(outcomes)).toEqual(['appended', 'conflict', 'appended']);
      expect(outcomes[1]).toMatchObject({ expected: 'no-stream', actual: 0n });
      expect(outcomes[2]).toMatchObject({ revision: 2n });
      expect([(await stored(taken)).length, (await stored(free)).length]).toEqual([1, 3]);
    });

    it('checks an expected revision against what earlier requests of the group did', async () => {
      const stream = freshStream();
      const outcomes = await store().appendGroup([
        request(stream, [newEvent()], 'no-stream'),
        request(stream, [newEvent()], 0n),
        request(stream, [newEvent()], 0n),
        request(stream, [newEvent()], 1n),
      ]);
      expect(statuses(outcomes)).toEqual(['appended', 'appended', 'conflict', 'appended']);
    });

    it('rejects what cannot be stored, and stores its neighbours', async () => {
      const stream = freshStream();
      const outcomes = await store().appendGroup([
        request(stream),
        request(stream, [newEvent({ tenant: 'half \ud83d' })]),
        request(stream, []),
        request(stream),
      ]);
      expect(statuses(outcomes)).toEqual(['appended', 'rejected', 'rejected', 'appended']);
      expect(await stored(stream)).toHaveLength(2);
    });

    unless('rejects-invalid-json', 'rejects data that is not JSON, and stores its neighbours', async () => {
      const stream = freshStream();
      const events = ['{"a":1}', '{"a":', '[2]', 'nonsense', '{}'].map((json) => newEvent({ json }));
      const outcomes = await store().appendGroup(events.map((event) => request(stream, [event])));
      expect(statuses(outcomes)).toEqual(['appended', 'rejected', 'appended', 'rejected', 'appended']);
      expect((await stored(stream)).map((event) => event.json)).toEqual(['{"a":1}', '[2]', '{}']);
    });

    unless(
      'unique-event-ids',
      'tells duplicates of the log and of the group itself, and stores the others',
      async () => {
        const stream = freshStream();
        const [old, fresh] = [newEvent(), newEvent()];
        await store().append(request(stream, [old]));
        const outcomes = await store().appendGroup([
          request(stream, [old]),
          request(stream, [fresh]),
          request(stream, [{ ...fresh, json: '{"other":1}' }]),
          request(stream, [newEvent()]),
        ]);
        expect(statuses(outcomes)).toEqual(['duplicate', 'appended', 'duplicate', 'appended']);
        expect(outcomes[2]).toMatchObject({
          revision: 1n,
          recorded: [{ id: fresh.id, json: fresh.json, revision: 1n }],
        });
        expect(await stored(stream)).toHaveLength(3);
      },
    );

    unless('unique-event-ids', 'settles groups that race with the same ids: every event once', async () => {
      const events = Array.from({ length: 20 }, () => newEvent());
      const streams = events.map(() => freshStream());
      const groups = Array.from({ length: 4 }, (_, turn) =>
        events.map((_event, index) => {
          const place = turn % 2 === 0 ? index : events.length - 1 - index;
          return request(streams[place]!, [events[place]!]);
        }),
      );
      const outcomes = (await Promise.all(groups.map((group) => store().appendGroup(group)))).flat();
      expect(statuses(outcomes).filter((status) => status === 'appended')).toHaveLength(20);
      expect(statuses(outcomes).filter((status) => status === 'duplicate')).toHaveLength(60);
    });
  });
}
