import { eventCatalog } from '@retort/contracts';
import type { Consumption, EventBus, ReceivedMessage } from '@retort/event-bus';
import { comparePositions } from '@retort/event-store';
import type { Database, Queryable } from '@retort/postgres';
import { isFault } from '@retort/kernel';
import type { Logger } from 'pino';
import { traced } from '../log.ts';
import { sparingLog } from '../sparing-log.ts';
import { traceParentOf } from '../tracing/trace-parent.ts';
import { inSpan, type SpanAbout, type Tracing } from '../tracing/tracing.ts';
import type { Policy, ReadModel, ReceivedEvent, Trace } from '../types.ts';
import { foldedUntil, readModelsLock, takeOffset, type History } from './consumer-tables.ts';
import { fromMessage } from './received.ts';

export interface ConsumerOptions {
  service: string;
  readModels: readonly ReadModel[];
  policies: readonly Policy[];
  /** Where history ends: policies act on what comes after it only. */
  history: History;
  bus: EventBus;
  database: Database;
  log: Logger;
  tracing: Tracing;
  /** Told of each time that a policy acts. */
  onAct?: (type: string) => void;
}

/** One consumer group per service over the topics it needs. What is written through the transaction happens exactly once:
 *  the offset stands in the same transaction. A message whose data do not satisfy their schema throws, and so ends in the
 *  dead letters; types nobody asked for are passed over. History that is delivered again changes nothing and moves nobody. */
export async function consumeEvents(options: ConsumerOptions): Promise<Consumption | null> {
  const { service, policies, history, bus, database, log, tracing, onAct } = options;
  const readModels = options.readModels.filter(({ follows = 'bus' }) => follows === 'bus');
  const types = [...readModels, ...policies].map(({ type }) => type);
  if (types.length === 0) return null;
  const wanted: ReadonlySet<string> = new Set(types);
  const said = sparingLog(log);
  return bus.consume({
    group: service,
    topics: [...new Set(types.map((type) => eventCatalog[type].topic))],
    handle: async (message) => {
      if (!wanted.has(message.attributes.type)) return;
      const received = fromMessage(message);
      const handle = (event: ReceivedEvent) =>
        database.transaction(async (transaction) => {
          const taken = await takeOffset(transaction, { log: bus.log, ...message, position: event.position });
          // A dead letter that is replayed was never handled, however old it is.
          const deadLetter = message.attributes.forgroup !== undefined;
          if (!taken || (taken.replayed && !deadLetter)) return;
          if (deadLetter || !(await isFolded(transaction, event.position)))
            for (const model of readModels) if (model.type === event.type) await model.apply(event, transaction);
          if (!deadLetter && isHistory(event.position, history)) return;
          for (const policy of policies)
            if (policy.type === event.type) {
              onAct?.(event.type);
              await policy.react(event, transaction);
            }
        });
      await inSpan(tracing, about(service, message, received.trace), (trace) => handle({ ...received, trace }));
    },
    onError: (error, message) => {
      if (isFault(error) && error.detail.retriable) {
        said.trouble('events', `Events wait, and are handled once it is over: ${error.detail.public}`);
        return;
      }
      const about = message ? traced(log, traceOf(message)) : log;
      about.error({ ...(message ? whereabouts(message) : {}), err: error }, 'an event could not be handled');
    },
  });
}

/** Whether the tables hold an event already, made from the log. Whoever exchanges the tables waits for this transaction. */
async function isFolded(transaction: Queryable, position: string): Promise<boolean> {
  await transaction.query(`select pg_advisory_xact_lock_shared(${readModelsLock})`);
  const folded = await foldedUntil(transaction);
  return folded !== null && comparePositions(position, folded) <= 0;
}

function isHistory(position: string, { newsAfter }: History): boolean {
  return newsAfter !== null && comparePositions(position, newsAfter) <= 0;
}

function about(service: string, { topic, attributes, attempt }: ReceivedMessage, trace: Trace): SpanAbout {
  return {
    name: `${service} ${attributes.type}`,
    kind: 'consumer',
    trace,
    attributes: {
      'messaging.destination.name': topic,
      'messaging.consumer.group.name': service,
      'messaging.message.id': attributes.id,
      'retort.attempt': attempt,
    },
  };
}

function whereabouts({ topic, partition, offset, attempt }: ReceivedMessage) {
  return { topic, partition, offset: String(offset), attempt };
}

function traceOf({ attributes }: ReceivedMessage) {
  const traceParent = traceParentOf(attributes.traceparent);
  return { correlationId: attributes.correlationid, causationId: attributes.id, traceParent };
}
