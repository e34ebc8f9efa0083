import { eventCatalog, isEventType, upcast } from '@retort/contracts';
import type { Consumption, EventBus, ReceivedMessage } from '@retort/event-bus';
import type { Database } from '@retort/postgres';
import type { Logger } from 'pino';
import { traced } from '../log.ts';
import { ensureTables } from '../tables.ts';
import type { HeardEvent, Subscription } from '../types.ts';
import { consumerOffsetsTable, takeOffset } from './consumer-offsets.ts';

export interface ConsumerOptions {
  service: string;
  subscriptions: readonly Subscription[];
  bus: EventBus;
  database: Database;
  log: Logger;
}

/** One consumer group per service over the topics its subscriptions need. What a handler writes through its
 *  transaction happens exactly once: the offset stands in the same transaction. A message whose data do not satisfy
 *  their schema throws, and so ends in the dead letters; types nobody subscribed to are passed over. */
export async function consumeSubscriptions(options: ConsumerOptions): Promise<Consumption | null> {
  const { service, subscriptions, bus, database, log } = options;
  if (subscriptions.length === 0) return null;
  await ensureTables(database, 'consumer_offsets', consumerOffsetsTable);
  const topics = [...new Set(subscriptions.map(({ type }) => eventCatalog[type].topic))];
  return bus.consume({
    group: service,
    topics,
    handle: async (message) => {
      const wanted = subscriptions.filter(({ type }) => type === message.attributes.type);
      if (wanted.length === 0) return;
      const event = hear(message);
      await database.transaction(async (transaction) => {
        if (!(await takeOffset(transaction, { log: bus.log, ...message }))) return;
        for (const subscription of wanted) await subscription.handle(event, transaction);
      });
    },
    onError: (error, message) => {
      const line = message
        ? {
            topic: message.topic,
            partition: message.partition,
            offset: String(message.offset),
            attempt: message.attempt,
          }
        : {};
      const about = message ? traced(log, traceOf(message)) : log;
      about.error({ ...line, err: error }, 'an event could not be handled');
    },
  });
}

function hear(message: ReceivedMessage): HeardEvent {
  const { type, id, tenant, time, subject, schemaversion } = message.attributes;
  if (!isEventType(type)) throw new Error(`${type} is not in the catalogue`);
  return {
    id,
    type,
    tenant,
    aggregateId: aggregateIdOf(message.key, tenant) ?? subject,
    time,
    trace: traceOf(message),
    data: upcast(type, Number(schemaversion), JSON.parse(message.data)),
    message,
  };
}

/** `agent-acme.loan` → `loan`. */
function aggregateIdOf(stream: string, tenant: string): string | undefined {
  const start = stream.indexOf(`-${tenant}.`);
  return start < 0 ? undefined : stream.slice(start + tenant.length + 2);
}

/** What a handler does is caused by the event it heard. */
function traceOf({ attributes }: ReceivedMessage): HeardEvent['trace'] {
  return { correlationId: attributes.correlationid, causationId: attributes.id };
}
