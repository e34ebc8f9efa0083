import { fault } from '@retort/kernel';
import type { CommandHandler, Handled, Trace } from '@retort/service-kit';
import type { ModelCommand } from '../domain/model-lifecycle.ts';
import type { DatedEvent } from '../domain/stage-history.ts';
import type { ModelEvent, ModelState } from '../domain/model-state.ts';

/** Names of a tenant's models. */
export type ModelNames = (tenant: string) => Promise<string[]>;

export interface ModelRegistry {
  /** Loads the model, decides, appends; what was appended meanwhile is taken into account. */
  handle(model: ModelReference, command: ModelCommand, trace: Trace): Promise<Handled<ModelState, ModelEvent>>;
  load(model: ModelReference): Promise<ModelHistory>;
  names: ModelNames;
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

export function modelRegistry({
  models,
  names,
}: {
  models: CommandHandler<ModelCommand, ModelState, ModelEvent>;
  names: ModelNames;
}): ModelRegistry {
  return {
    names,
    async load({ tenant, model }) {
      const { state, history } = await models.load(tenant, model);
      const trained = history.flatMap(({ event, at }) =>
        event.type === 'MODEL_TRAINED' ? [[event.data.model_version, at] as const] : [],
      );
      return { state, history, trainedAt: new Map(trained) };
    },
    handle: ({ tenant, model }, command, trace) => models.handle(tenant, model, command, trace),
  };
}

/** @throws `model.unknown` (404) */
export async function existingModel(registry: ModelRegistry, reference: ModelReference): Promise<ModelHistory> {
  const history = await registry.load(reference);
  if (history.state.versions.size > 0) return history;
  throw fault('model.unknown', { public: `There is no model ${reference.model}.` });
}
