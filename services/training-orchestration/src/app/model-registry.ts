import type { EventStore } from '@retort/event-store';
import { fault, type Clock, type NewId } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { commandHandler, type Handled, type ReadModel, type Trace } from '@retort/service-kit';
import { modelLifecycle, type ModelCommand } from '../domain/model-lifecycle.ts';
import type { DatedEvent } from '../domain/stage-history.ts';
import { modelEventTypes, type ModelEvent, type ModelState } from '../domain/model-state.ts';

export interface ModelRegistry {
  /** Loads the model, decides, appends; what a colleague appended meanwhile is taken into account. */
  handle(model: ModelReference, command: ModelCommand, trace: Trace): Promise<Handled<ModelState, ModelEvent>>;
  load(model: ModelReference): Promise<ModelHistory>;
  /** Names of the tenant's models. */
  names(tenant: string): Promise<string[]>;
}
export interface ModelReference {
  tenant: string;
  model: string;
}
export interface ModelHistory {
  state: ModelState;
  /** When each version was trained, ISO 8601. */
  trainedAt: ReadonlyMap<string, string>;
  /** What made the state, the first first. */
  history: readonly DatedEvent[];
}

export function modelRegistry(context: {
  events: EventStore;
  db: Database;
  clock: Clock;
  newId: NewId;
  /** What follows from a model's events in the service's tables. */
  readModels: readonly ReadModel[];
}): ModelRegistry {
  const { db, readModels } = context;
  const models = commandHandler({
    ...{ context, aggregate: 'model', decider: modelLifecycle, types: modelEventTypes },
    tables: { database: db, readModels },
  });
  return {
    async load({ tenant, model }) {
      const { state, history } = await models.load(tenant, model);
      const trained = history.flatMap(({ event, at }) =>
        event.type === 'MODEL_TRAINED' ? [[event.data.model_version, at] as const] : [],
      );
      return { state, history, trainedAt: new Map(trained) };
    },
    handle: ({ tenant, model }, command, trace) => models.handle(tenant, model, command, trace),
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
