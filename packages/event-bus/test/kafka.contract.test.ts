import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { eventBusContract, type EventBusUnderTest } from '@retort/event-bus/contract';
import { startKafkaBroker, whyNoKafka } from '@retort/testing/kafka';
import { describe } from 'vitest';
import { kafkaEventBus, type EventBus } from '../src/index.ts';

async function start(): Promise<EventBusUnderTest> {
  const broker = await startKafkaBroker();
  const sockets = new Set<Socket>();
  const buses: EventBus[] = [];
  const open = async () => {
    const bus = await kafkaEventBus({
      brokers: broker.brokers,
      clientId: 'contract',
      // They may be held up for seconds, and lose nothing.
      sessionTimeoutMs: 20_000,
      retryDelayMs: 5,
      socketFactory: ({ host, port, onConnect }) => {
        const socket = connect({ host, port }, onConnect);
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        return socket;
      },
    });
    buses.push(bus);
    return bus;
  };
  return {
    bus: await open(),
    another: open,
    freshTopic: async () => `topic-${randomUUID()}`,
    cutConnections: async () => {
      for (const socket of sockets) socket.destroy(new Error('the network was cut'));
    },
    crashedMember: async ({ group, topic }) => {
      const member = fork(fileURLToPath(new URL('./kafka-crashed-member.ts', import.meta.url)), [
        broker.brokers.join(),
        group,
        topic,
      ]);
      await once(member, 'message');
      member.kill('SIGKILL');
      await once(member, 'exit');
    },
    stop: async () => {
      await Promise.all(buses.map((bus) => bus.close()));
      await broker.stop();
    },
  };
}

const reason = await whyNoKafka();
if (reason === null) eventBusContract('kafka', start);
else {
  process.stderr.write(`\nThe event bus on Kafka is NOT tested: ${reason}.\n`);
  describe.skip(`skipped: ${reason}`, () => eventBusContract('kafka', start));
}
