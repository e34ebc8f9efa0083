import { fault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { freshGroup, idsOf, newMessage, receive, until } from './messages.ts';
import type { ContractContext } from './subject.ts';

export function deliveryContract({ subject, unless }: ContractContext): void {
  const bus = () => subject().bus;

  describe('delivery', () => {
    it('hands a message over as it was published, the data byte for byte', async () => {
      const topic = await subject().freshTopic();
      const sent = newMessage(topic, { data: '{ "z": 1.0, "a":"\\u0000 ü 😀" }', key: 'agent-acme.ü' });
      sent.attributes.causationid = sent.attributes.id;
      await bus().publish([sent]);
      const receiver = await receive(bus(), { group: freshGroup(), topics: [topic] });
      await until('the message arrives', () => receiver.messages.length === 1);
      await receiver.close();
      expect(receiver.messages[0]).toMatchObject({ ...sent, attempt: 1, offset: 0n });
    });

    it('keeps the order of every key, over many publications', async () => {
      const topic = await subject().freshTopic();
      const keys = Array.from({ length: 12 }, (_, index) => `agent-acme.${index}`);
      const receiver = await receive(bus(), { group: freshGroup(), topics: [topic] });
      const sent = Array.from({ length: 10 }, () => keys.map((key) => newMessage(topic, { key })));
      for (const messages of sent) await bus().publish(messages);
      await until('all arrive', () => receiver.messages.length >= 120);
      await receiver.close();
      expect(receiver.messages).toHaveLength(120);
      for (const key of keys) {
        const own = (message: { key: string }) => message.key === key;
        expect(idsOf(receiver.messages.filter(own))).toEqual(idsOf(sent.flat().filter(own)));
      }
    });

    it('gives offsets without gaps while several publishers write to one partition', async () => {
      const topic = await subject().freshTopic();
      const other = await subject().another();
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? bus() : other).publish([newMessage(topic)])),
      );
      const receiver = await receive(bus(), { group: freshGroup(), topics: [topic] });
      await until('all arrive', () => receiver.messages.length === 20);
      await receiver.close();
      await other.close();
      expect(receiver.messages.map((message) => Number(message.offset))).toEqual(
        Array.from({ length: 20 }, (_, i) => i),
      );
    });

    it('delivers a message again when handling it failed, before any later one of its partition', async () => {
      const topic = await subject().freshTopic();
      const sent = [newMessage(topic), newMessage(topic), newMessage(topic)];
      const attempts: number[] = [];
      const receiver = await receive(bus(), {
        group: freshGroup(),
        topics: [topic],
        handle: async ({ attributes, attempt }) => {
          if (attributes.id !== sent[1]!.attributes.id) return;
          attempts.push(attempt);
          if (attempt < 3) throw new Error('not yet');
        },
      });
      await bus().publish(sent);
      await until('all are handled', () => receiver.messages.length === 3);
      await receiver.close();
      expect(attempts).toEqual([1, 2, 3]);
      expect(idsOf(receiver.messages)).toEqual(idsOf(sent));
      expect(receiver.errors).toHaveLength(2);
      expect(await bus().deadLetters({ group: 'none' })).toEqual([]);
    });

    it('buries a message that keeps failing, moves on, and delivers it again when it is replayed', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      const [poison, next] = [newMessage(topic), newMessage(topic)];
      let cured = false;
      const receiver = await receive(bus(), {
        group,
        topics: [topic],
        maxAttempts: 2,
        handle: async ({ attributes }) => {
          if (attributes.id === poison.attributes.id && !cured) throw new Error('cannot digest it');
        },
      });
      await bus().publish([poison, next]);
      await until('the next one is handled', () => receiver.messages.length === 1);
      const [letter, ...others] = await bus().deadLetters({ group });
      expect(others).toEqual([]);
      expect(letter).toMatchObject({ group, message: poison, attempts: 2 });
      expect(letter!.error).toContain('cannot digest it');
      const { handle } = letter!;
      expect(await bus().deadLetters({ handle, tenant: 'acme' })).toEqual([letter]);
      expect(await bus().deadLetters({ handle, tenant: 'globex' })).toEqual([]);
      expect(await bus().deadLetters({ handle: 'nonsense' })).toEqual([]);
      cured = true;
      await bus().replay(letter!.handle);
      await until('the letter is handled', () => receiver.messages.length === 2);
      await receiver.close();
      expect(idsOf(receiver.messages)).toEqual(idsOf([next, poison]));
      expect(await bus().deadLetters({ group })).toEqual([]);
      await expect(bus().replay(letter!.handle)).rejects.toMatchObject({ code: 'event-bus.dead-letter-missing' });
    });

    it('delivers a dead letter again to the group that buried it, and to no other', async () => {
      const topic = await subject().freshTopic();
      const [poison, last] = [newMessage(topic), newMessage(topic)];
      let cured = false;
      const [fragile, sound] = [freshGroup(), freshGroup()];
      const atFragile = await receive(bus(), {
        group: fragile,
        topics: [topic],
        maxAttempts: 1,
        handle: async () => {
          if (!cured) throw new Error('cannot digest it');
        },
      });
      const atSound = await receive(bus(), { group: sound, topics: [topic] });
      await bus().publish([poison]);
      await until('it is buried', async () => (await bus().deadLetters({ group: fragile })).length === 1);
      const [letter] = await bus().deadLetters({ group: fragile });
      cured = true;
      await bus().replay(letter!.handle);
      await bus().publish([last]);
      for (const receiver of [atFragile, atSound])
        await until('both arrive', () => receiver.messages.at(-1)?.attributes.id === last.attributes.id);
      expect(idsOf(atFragile.messages)).toEqual(idsOf([poison, last]));
      expect(idsOf(atSound.messages)).toEqual(idsOf([poison, last]));
      await Promise.all([atFragile.close(), atSound.close()]);
    });

    it('buries no message for what its handler needs being down, however long that is', async () => {
      const topic = await subject().freshTopic();
      const group = freshGroup();
      const sent = [newMessage(topic), newMessage(topic)];
      const attempts: number[] = [];
      const receiver = await receive(bus(), {
        group,
        topics: [topic],
        maxAttempts: 2,
        handle: async ({ attributes, attempt }) => {
          if (attributes.id !== sent[0]!.attributes.id) return;
          attempts.push(attempt);
          if (attempt < 5) throw fault('http.unreachable', { public: 'Down.' });
        },
      });
      await bus().publish(sent);
      await until('both are handled', () => receiver.messages.length === 2);
      await receiver.close();
      expect(attempts).toEqual([1, 2, 3, 4, 5]);
      expect(idsOf(receiver.messages)).toEqual(idsOf(sent));
      expect(await bus().deadLetters({ group })).toEqual([]);
    });

    it('lets other partitions go on while one is trying again', async () => {
      const topic = await subject().freshTopic();
      const keys = Array.from({ length: 16 }, (_, index) => `agent-acme.${index}`);
      const blocked = newMessage(topic, { key: 'agent-acme.0' });
      let release = false;
      const receiver = await receive(bus(), {
        group: freshGroup(),
        topics: [topic],
        maxAttempts: 1_000,
        handle: async ({ attributes }) => {
          if (attributes.id === blocked.attributes.id && !release) throw new Error('blocked');
        },
      });
      await bus().publish([blocked, ...keys.map((key) => newMessage(topic, { key }))]);
      await until('others are handled', () => receiver.messages.some((message) => message.key !== 'agent-acme.0'));
      expect(receiver.messages.filter((message) => message.key === 'agent-acme.0')).toEqual([]);
      release = true;
      await until('all are handled', () => receiver.messages.length === 17);
      await receiver.close();
    });

    unless('cut-connections', 'goes on after its connections were lost, without losing a message', async () => {
      const topic = await subject().freshTopic();
      const receiver = await receive(bus(), { group: freshGroup(), topics: [topic] });
      await bus().publish([newMessage(topic)]);
      await until('it runs', () => receiver.messages.length === 1);
      const expected = new Set(idsOf(receiver.messages));
      for (let round = 0; round < 5; round++) {
        await subject().cutConnections!();
        const message = newMessage(topic);
        expected.add(message.attributes.id);
        for (let published = false; !published;)
          published = await bus()
            .publish([message])
            .then(
              () => true,
              () => false,
            );
      }
      // A client may wait for an answer that went down with its connection until its own patience ends: half a minute.
      await until('all arrive', () => new Set(idsOf(receiver.messages)).size === expected.size, 90_000);
      await receiver.close();
      expect(new Set(idsOf(receiver.messages))).toEqual(expected);
    });
  });
}
