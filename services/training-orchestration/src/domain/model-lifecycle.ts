import type { EventData } from '@retort/contracts';
import { assertExhaustive, fault, type Decider } from '@retort/kernel';
import {
  challenge,
  deploy,
  promote,
  rollBack,
  type Challenge,
  type Deploy,
  type Promote,
  type RollBack,
} from './deployment.ts';
import { evolve, knownVersion, unknownModel, type ModelEvent, type ModelState } from './model-state.ts';

export type ModelCommand =
  | { type: 'RegisterTrained'; trained: EventData<'MODEL_TRAINED'> }
  | { type: 'RecordEvaluation'; evaluation: EventData<'MODEL_EVALUATED'> }
  | Deploy
  | Challenge
  | Promote
  | RollBack
  | {
      type: 'FlagErased';
      model: string;
      erasureId: string;
      /** The data sets that contained whoever was erased. */
      datasets: ReadonlySet<string>;
    };

/** The life of a model: unknown → trained → evaluated → refused, or challenger, or serving → retired. Every command may be repeated:
 *  what is already so gives no event.
 *  @throws `model.unknown-version` (404), `model.version-exists`, `deployment.already-serves`, `deployment.no-challenger` (409). */
export const modelLifecycle: Decider<ModelCommand, ModelState, ModelEvent> = { initial: unknownModel, decide, evolve };

function decide(command: ModelCommand, state: ModelState): ModelEvent[] {
  switch (command.type) {
    case 'RegisterTrained':
      return register(command.trained, state);
    case 'RecordEvaluation': {
      const version = knownVersion(state, command.evaluation.model_version);
      return version.evaluation?.evaluation_id === command.evaluation.evaluation_id
        ? []
        : [{ type: 'MODEL_EVALUATED', data: command.evaluation }];
    }
    case 'Deploy':
      return deploy(command, state);
    case 'Challenge':
      return challenge(command, state);
    case 'Promote':
      return promote(command, state);
    case 'RollBack':
      return rollBack(command, state);
    case 'FlagErased':
      return flagErased(command, state);
    default:
      return assertExhaustive(command);
  }
}

function register(trained: EventData<'MODEL_TRAINED'>, state: ModelState): ModelEvent[] {
  const existing = state.versions.get(trained.model_version);
  if (!existing) return [{ type: 'MODEL_TRAINED', data: trained }];
  // Training is deterministic: the same rows, options and seed give the same artifact, which is the same version.
  if (existing.trained.artifact === trained.artifact) return [];
  throw fault('model.version-exists', {
    public: `Version ${trained.model_version} of model ${trained.model} exists with another artifact.`,
  });
}

function flagErased(
  { model, erasureId, datasets }: Extract<ModelCommand, { type: 'FlagErased' }>,
  state: ModelState,
): ModelEvent[] {
  return [...state.versions.values()].flatMap(({ trained: { model_version, dataset_version }, erasures }) =>
    datasets.has(dataset_version) && !erasures.includes(erasureId)
      ? [{ type: 'MODEL_DATA_ERASED', data: { model, model_version, dataset_version, erasure_id: erasureId } } as const]
      : [],
  );
}
