import { describe, expect, it } from 'vitest';
import { freshGroup, idsOf, newMessage, receive, until } from './messages.ts';
import type { ContractContext } from './subject.ts';

export function groupContract({ subject, unless }: ContractContext): void {
  const bus = () => subject().bus;
  const lagOf = async (group: string) =>
    (await bus().lag(group)).reduce((sum, partition) => sum + Number(partition.lag), 0);
  const spread = (topic: string, count: number) =>
    Array.from({ length: count }, (_, index) => newMessage(topic, { key: `agent-acme.${index}` }));

  describe('groups', () => {
    it('gives every group every message', async () => {
      const topic = await subject().freshTopic();
      const sent = spread(topic, 10);
      await bus().publish(sent);
      const groups = [freshGroup(), freshGroup()];
      const receivers = await Promise.all(groups.map((group) => receive(bus(), { group, topics: [topic] })));
      await until('both have all', () => receivers.every(({ messages }) => messages.length === 10));
      for (const { messages, close } of receivers) {
        expect(idsOf(messages).sort()).toEqual(idsOf(sent).sort());
        await close();
      }
    });

    it('resumes a group where it stopped, without a repeat after a clean close', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      const [before, after] = [spread(topic, 20), spread(topic, 20)];
      await bus().publish(before);
      const first = await receive(bus(), { group, topics: [topic] });
      await until('the first has its share', () => first.messages.length === 20);
      await first.close();
      await bus().publish(after);
      const second = await receive(bus(), { group, topics: [topic] });
      await until('the second has the rest', () => second.messages.length >= 20);
      await second.close();
      expect(idsOf(second.messages).sort()).toEqual(idsOf(after).sort());
    });

    it('begins a new group with what comes when asked for the latest, and remembers that', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      await bus().publish(spread(topic, 10));
      const first = await receive(bus(), { group, topics: [topic], startFrom: 'latest' });
      await until('it is at the end', async () => (await bus().lag(group)).length > 0 && (await lagOf(group)) === 0);
      await first.close();
      const fresh = spread(topic, 10);
      await bus().publish(fresh);
      const second = await receive(bus(), { group, topics: [topic], startFrom: 'latest' });
      await until('the new ones arrive', () => second.messages.length >= 10);
      await second.close();
      expect(first.messages).toEqual([]);
      expect(idsOf(second.messages).sort()).toEqual(idsOf(fresh).sort());
    });

    it('delivers several topics to one consumer', async () => {
      const topics = [await subject().freshTopic(), await subject().freshTopic()];
      const receiver = await receive(bus(), { group: freshGroup(), topics });
      await bus().publish(topics.map((topic) => newMessage(topic)));
      await until('one of each', () => receiver.messages.length === 2);
      await receiver.close();
      expect(new Set(receiver.messages.map((message) => message.topic))).toEqual(new Set(topics));
    });

    it('tells how many messages a group has not handled', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      const first = await receive(bus(), { group, topics: [topic] });
      await bus().publish(spread(topic, 6));
      await until('nothing is left', async () => first.messages.length === 6 && (await lagOf(group)) === 0);
      await first.close();
      await bus().publish(spread(topic, 9));
      expect(await lagOf(group)).toBe(9);
      expect((await bus().lag(group)).every((partition) => partition.topic === topic)).toBe(true);
    });

    unless(
      'cut-connections',
      'stores how far it is, though the network failed as the last message was done',
      async () => {
        const topic = await subject().freshTopic();
        const group = freshGroup();
        const receiver = await receive(bus(), { group, topics: [topic], handle: async () => void (await cut()) });
        const cut = () => subject().cutConnections!();
        await bus().publish([newMessage(topic)]);
        await until('it is handled', () => receiver.messages.length > 0);
        const lag = () => lagOf(group).catch(() => undefined);
        await until('nothing is left', async () => (await lag()) === 0, 90_000);
        await receiver.close();
      },
    );

    it('shares the partitions among members and hands over without a repeat when one joins and one leaves', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      const other = await subject().another();
      const first = await receive(bus(), { group, topics: [topic] });
      await bus().publish(spread(topic, 40));
      await until('the first works alone', () => first.messages.length === 40);
      const second = await receive(other, { group, topics: [topic] });
      let published = 40;
      await until('both work', async () => {
        await bus().publish(spread(topic, 8));
        published += 8;
        return second.messages.length > 0;
      });
      await until('all are handled', () => first.messages.length + second.messages.length >= published);
      await first.close();
      const last = spread(topic, 40);
      await bus().publish(last);
      published += 40;
      await until('the second works alone', () => first.messages.length + second.messages.length >= published);
      await second.close();
      await other.close();
      const all = [...idsOf(first.messages), ...idsOf(second.messages)];
      expect(all).toHaveLength(published);
      expect(new Set(all).size).toBe(published);
      expect(new Set(idsOf(second.messages))).toEqual(new Set([...idsOf(second.messages), ...idsOf(last)]));
    });

    unless('crashed-member', 'replaces a member that crashed', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      await subject().crashedMember!({ group, topic });
      const sent = spread(topic, 20);
      await bus().publish(sent);
      const receiver = await receive(bus(), { group, topics: [topic] });
      await until('the other has all', () => new Set(idsOf(receiver.messages)).size === 20);
      await receiver.close();
      expect(new Set(idsOf(receiver.messages))).toEqual(new Set(idsOf(sent)));
    });

    it('waits for the message in hand when it closes, and does not repeat it', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      let begun = false;
      let finish: () => void = () => undefined;
      const finished = new Promise<void>((resolve) => (finish = resolve));
      const first = await receive(bus(), {
        group,
        topics: [topic],
        handle: async () => {
          begun = true;
          await finished;
        },
      });
      await bus().publish([newMessage(topic), newMessage(topic)]);
      await until('it is at work', () => begun);
      const closing = first.close();
      finish();
      await closing;
      expect(first.messages).toHaveLength(1);
      const second = await receive(bus(), { group, topics: [topic] });
      await until('the other takes the rest', () => second.messages.length >= 1);
      await second.close();
      expect(new Set([...idsOf(first.messages), ...idsOf(second.messages)]).size).toBe(2);
    });
  });
}
