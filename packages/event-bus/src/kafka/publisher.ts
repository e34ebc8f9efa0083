import { Partitioners, type Kafka, type Producer, type TopicMessages } from 'kafkajs';
import { requestsOf } from './message-size.ts';

export interface Publisher {
  /** Resolves when all in-sync replicas have the messages. Calls are served one after another. */
  send(batches: TopicMessages[]): Promise<void>;
  close(): Promise<void>;
}

/** Publishes through one idempotent producer. A session that failed in the middle has sequence numbers that the broker
 *  may not know: it is given up, and the next call begins another. */
export function publisher(kafka: Kafka): Publisher {
  let session: Producer | undefined;
  let last: Promise<void> = Promise.resolve();

  const begin = async () => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  };
  const giveUp = async () => {
    const broken = session;
    session = undefined;
    await broken?.disconnect();
  };

  return {
    send: (batches) => {
      const sent = last.then(async () => {
        try {
          session ??= await begin();
          for (const topicMessages of requestsOf(batches)) await session.sendBatch({ acks: -1, topicMessages });
        } catch (error) {
          // The reason matters, not that hanging up failed as well.
          await giveUp().catch(() => undefined);
          throw error;
        }
      });
      // One that failed does not keep the next from its turn.
      last = sent.catch(() => undefined);
      return sent;
    },
    close: async () => {
      await last;
      await giveUp();
    },
  };
}
