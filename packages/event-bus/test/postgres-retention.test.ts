import { idsOf, newMessage, receive, until } from '@retort/event-bus/contract';
import { testDatabase } from '@retort/testing';
import { describe, expect, it } from 'vitest';
import { migrateEventBus, postgresEventBus } from '../src/index.ts';

const inAnHour = () => new Date(Date.now() + 3_600_000);
const anHourAgo = () => new Date(Date.now() - 3_600_000);

describe('trimming the bus in Postgres', () => {
  it('takes what is old and handled by every group, and nothing that a group lacks', async () => {
    const test = await testDatabase();
    await migrateEventBus(test.url);
    const bus = postgresEventBus({ db: test.connect(), pollIntervalMs: 100, leaseMs: 300, retryDelayMs: 5 });
    try {
      const [first, second, third, fourth] = Array.from({ length: 4 }, () => newMessage('topic'));
      await bus.publish([first!, second!]);
      const group = { group: 'group', topics: ['topic'] };
      const receiver = await receive(bus, group);
      await until('the group has handled two', async () => receiver.messages.length === 2);
      await receiver.close();
      await bus.publish([third!]);

      expect(await bus.trim(anHourAgo())).toBe(0);
      expect(await bus.trim(inAnHour())).toBe(2);
      expect(await bus.trim(inAnHour())).toBe(0);

      await bus.publish([fourth!]);
      const [again, newcomer] = [
        await receive(bus, group),
        await receive(bus, { group: 'newcomer', topics: ['topic'] }),
      ];
      await until('both come to the end', () => again.messages.length + newcomer.messages.length >= 4);
      expect(idsOf(again.messages)).toEqual(idsOf([third!, fourth!]));
      expect(idsOf(newcomer.messages)).toEqual(idsOf([third!, fourth!]));
    } finally {
      await bus.close();
      await test.drop();
    }
  });
});
