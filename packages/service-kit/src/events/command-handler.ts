import { eventCatalog, streamName, upcast, type AggregateType, type DomainEvent } from '@retort/contracts';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import { fold, isFault, type Clock, type Decider, type NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { ReadModel, ReceivedEvent, Trace } from '../types.ts';
import { applyNow } from './apply-now.ts';
import { envelope } from './envelope.ts';

export interface CommandHandlerOptions<Command, State, Event extends DomainEvent> {
  context: { events: Pick<EventStore, 'append' | 'readStream'>; clock: Clock; newId: NewId };
  aggregate: AggregateType;
  decider: Decider<Command, State, Event>;
  /** Types of the stream's events that the decider folds. `Event` is best derived from the list, so that neither lacks one. */
  types: readonly Event['type'][];
  /** The service's tables that follow from these events: they hold what was decided before the command is acknowledged. */
  tables?: { database: Database; readModels: readonly ReadModel[] };
}

export interface StoredEvent<Event> {
  event: Event;
  id: string;
  /** ISO 8601: when it happened. */
  at: string;
}

export interface Aggregate<State, Event> {
  state: State;
  /** What made the state, the first first. */
  history: readonly StoredEvent<Event>[];
  revision: bigint | null;
}

export interface Handled<State, Event> {
  /** What was decided and appended; empty where nothing had to happen. */
  events: readonly StoredEvent<Event>[];
  state: State;
  /** Goes on from the last event. */
  trace: Trace;
}

export interface CommandHandler<Command, State, Event> {
  /** Loads the aggregate, decides, appends; on a conflict again, with what was appended meanwhile. Each event is
   *  caused by the one before it, the first by the trace's.
   *  @throws what `decide` throws; `event-store.conflict` (409) after five conflicts in a row */
  handle(tenant: string, id: string, command: Command, trace: Trace): Promise<Handled<State, Event>>;
  load(tenant: string, id: string): Promise<Aggregate<State, Event>>;
}

const attempts = 5;

export function commandHandler<Command, State, Event extends DomainEvent>(
  options: CommandHandlerOptions<Command, State, Event>,
): CommandHandler<Command, State, Event> {
  const { context, aggregate, decider, types } = options;
  const { events: store, clock, newId } = context;
  const folded: ReadonlySet<string> = new Set(types);

  async function load(tenant: string, id: string): Promise<Aggregate<State, Event>> {
    const history: StoredEvent<Event>[] = [];
    let revision: bigint | null = null;
    for await (const recorded of store.readStream(streamName(aggregate, tenant, id))) {
      revision = recorded.revision;
      if (folded.has(recorded.type)) history.push(storedEvent<Event>(recorded));
    }
    const state = fold(
      decider,
      history.map(({ event }) => event),
    );
    return { state, history, revision };
  }

  async function tryOnce(tenant: string, id: string, command: Command, trace: Trace) {
    const { state, revision } = await load(tenant, id);
    const decided = decider.decide(command, state);
    if (decided.length === 0) return { events: [], state, trace };
    const at = clock().toISOString();
    let causationId = trace.causationId;
    const facts = decided.map((event) => {
      const fact = {
        id: newId(),
        type: event.type,
        aggregate,
        tenant,
        aggregateId: id,
        occurredAt: at,
        trace: { ...trace, causationId },
        json: JSON.stringify(eventCatalog[event.type].data.parse(event.data)),
      };
      causationId = fact.id;
      return fact;
    });
    const outcome = await store.append({
      stream: streamName(aggregate, tenant, id),
      expected: revision ?? 'no-stream',
      events: facts.map(envelope),
    });
    if (options.tables && outcome.status === 'appended') {
      const received = facts.map(
        ({ trace: { correlationId, causationId: cause }, occurredAt: time, ...fact }): ReceivedEvent => ({
          id: fact.id,
          type: fact.type,
          tenant,
          aggregateId: id,
          time,
          position: outcome.position,
          causationId: cause,
          trace: { correlationId, causationId: fact.id },
          // As the log gives it back.
          data: JSON.parse(fact.json) as ReceivedEvent['data'],
        }),
      );
      await applyNow(options.tables.database, options.tables.readModels, received);
    }
    const events = decided.map((event, index) => ({ event, id: facts[index]!.id, at }));
    return { events, state: fold(decider, decided, state), trace: { ...trace, causationId } };
  }

  return {
    load,
    async handle(tenant, id, command, trace) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await tryOnce(tenant, id, command, trace);
        } catch (error) {
          if (attempt === attempts || !isFault(error, 'event-store.conflict')) throw error;
        }
      }
    },
  };
}

/** An event of the log as today's schema has it.
 *  @throws what `upcast` throws */
function storedEvent<Event extends DomainEvent>(recorded: RecordedEvent): StoredEvent<Event> {
  const type = recorded.type as Event['type'];
  const data = upcast(type, recorded.version, JSON.parse(recorded.json));
  return { event: { type, data } as Event, id: recorded.id, at: recorded.occurredAt };
}
