import { eventCatalog, streamName, upcast } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { fault, fold, isFault, type Clock, type NewId } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { Trace } from '@retort/service-kit';
import { modelLifecycle, type ModelCommand } from '../domain/model-lifecycle.ts';
import type { DatedEvent } from '../domain/stage-history.ts';
import { isModelEventType, type ModelEvent, type ModelState } from '../domain/model-state.ts';

export interface ModelRegistry {
  /** Loads the model, decides, appends; what a colleague appended meanwhile is taken into account. Each event is caused
   *  by the one before it, the first by the trace's. Returns them, and the trace that goes on from the last. */
  handle(model: ModelReference, command: ModelCommand, trace: Trace): Promise<Handled>;
  load(model: ModelReference): Promise<ModelHistory>;
  /** Names of the tenant's models. */
  names(tenant: string): Promise<string[]>;
}
export interface ModelReference {
  tenant: string;
  model: string;
}
export interface Handled {
  events: ModelEvent[];
  state: ModelState;
  trace: Trace;
}
export interface ModelHistory {
  state: ModelState;
  /** When each version was trained, ISO 8601. */
  trainedAt: ReadonlyMap<string, string>;
  /** What made the state, the first first. */
  history: readonly DatedEvent[];
  revision: bigint | null;
  /** The model's last event. */
  lastEventId: string | null;
}

const attempts = 5;

export function modelRegistry(context: {
  events: EventStore;
  db: Queryable;
  clock: Clock;
  newId: NewId;
}): ModelRegistry {
  const { events, db, clock, newId } = context;

  async function load({ tenant, model }: ModelReference): Promise<ModelHistory> {
    const history: DatedEvent[] = [];
    const trainedAt = new Map<string, string>();
    let revision: bigint | null = null;
    let lastEventId: string | null = null;
    for await (const recorded of events.readStream(streamName('model', tenant, model))) {
      revision = recorded.revision;
      lastEventId = recorded.id;
      const { type, version, json } = recorded;
      if (!isModelEventType(type)) continue;
      const event = { type, data: upcast(type, version, JSON.parse(json)) } as ModelEvent;
      history.push({ event, at: recorded.occurredAt });
      if (event.type === 'MODEL_TRAINED') trainedAt.set(event.data.model_version, recorded.occurredAt);
    }
    const state = fold(
      modelLifecycle,
      history.map(({ event }) => event),
    );
    return { state, trainedAt, history, revision, lastEventId };
  }

  async function tryOnce(reference: ModelReference, command: ModelCommand, trace: Trace): Promise<Handled> {
    const { state, revision } = await load(reference);
    const decided = modelLifecycle.decide(command, state);
    if (decided.length === 0) return { events: [], state, trace };
    // Known before its first event: a model that is listed without versions is better than one that is never listed.
    await db.query('insert into models (tenant, model) values ($1, $2) on conflict do nothing', [
      reference.tenant,
      reference.model,
    ]);
    let causationId = trace.causationId;
    const recorded = decided.map((event) => {
      const id = newId();
      const record = {
        id,
        type: event.type,
        version: eventCatalog[event.type].version,
        tenant: reference.tenant,
        aggregateType: 'model',
        aggregateId: reference.model,
        occurredAt: clock().toISOString(),
        causationId,
        correlationId: trace.correlationId,
        json: JSON.stringify(eventCatalog[event.type].data.parse(event.data)),
      };
      causationId = id;
      return record;
    });
    await events.append({
      stream: streamName('model', reference.tenant, reference.model),
      expected: revision ?? 'no-stream',
      events: recorded,
    });
    return { events: decided, state: fold(modelLifecycle, decided, state), trace: { ...trace, causationId } };
  }

  return {
    load,
    async handle(reference, command, trace) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await tryOnce(reference, command, trace);
        } catch (error) {
          if (attempt === attempts || !isFault(error, 'event-store.conflict')) throw error;
        }
      }
    },
    async names(tenant) {
      const { rows } = await db.query<{ model: string }>('select model from models where tenant = $1 order by model', [
        tenant,
      ]);
      return rows.map(({ model }) => model);
    },
  };
}

/** @throws `model.unknown` (404) */
export async function existingModel(registry: ModelRegistry, reference: ModelReference): Promise<ModelHistory> {
  const history = await registry.load(reference);
  if (history.state.versions.size > 0) return history;
  throw fault('model.unknown', { public: `There is no model ${reference.model}.` });
}
