import type { AgreementReport, DomainEvent, EventData } from '@retort/contracts';
import { fault } from '@retort/kernel';

export const modelEventTypes = [
  'MODEL_TRAINED',
  'MODEL_EVALUATED',
  'MODEL_DEPLOYED',
  'MODEL_DEPLOYMENT_REFUSED',
  'MODEL_ROLLED_BACK',
  'MODEL_ROLLOUT_STARTED',
  'MODEL_ROLLOUT_ENDED',
  'MODEL_DATA_ERASED',
] as const;
export type ModelEvent = DomainEvent<(typeof modelEventTypes)[number]>;

export type Stage = 'trained' | 'evaluated' | 'refused' | 'challenger' | 'serving' | 'retired';

export interface VersionState {
  stage: Stage;
  trained: EventData<'MODEL_TRAINED'>;
  evaluation: EventData<'MODEL_EVALUATED'> | null;
  refusal: EventData<'MODEL_DEPLOYMENT_REFUSED'> | null;
  /** Erasures of subjects that it learnt from. */
  erasures: readonly string[];
}

/** A model: its versions in the order they were trained, which one serves, and which one challenges it. */
export interface ModelState {
  versions: ReadonlyMap<string, VersionState>;
  serving: string | null;
  rollout: EventData<'MODEL_ROLLOUT_STARTED'> | null;
  /** Versions that served before the present one, the latest last: where a roll-back leads. */
  previous: readonly string[];
  /** Versions that were rolled back, or whose challenge was ended, and not deployed since. */
  rolledBack: ReadonlySet<string>;
}

export const unknownModel: ModelState = {
  versions: new Map(),
  serving: null,
  rollout: null,
  previous: [],
  rolledBack: new Set(),
};

export function evolve(state: ModelState, event: ModelEvent): ModelState {
  switch (event.type) {
    case 'MODEL_TRAINED': {
      const version = { stage: 'trained', trained: event.data, evaluation: null, refusal: null, erasures: [] } as const;
      return { ...state, versions: new Map(state.versions).set(event.data.model_version, version) };
    }
    case 'MODEL_EVALUATED':
      return change(state, event.data.model_version, (version) => ({
        ...version,
        stage: version.stage === 'trained' ? 'evaluated' : version.stage,
        evaluation: event.data,
      }));
    case 'MODEL_DEPLOYMENT_REFUSED':
      return change(state, event.data.model_version, (version) => ({
        ...version,
        // A version that serves, or challenges, and fails a later gate goes on until it is rolled back.
        stage: version.stage === 'serving' || version.stage === 'challenger' ? version.stage : 'refused',
        refusal: event.data,
      }));
    case 'MODEL_DEPLOYED': {
      const previous = state.serving === null ? state.previous : [...state.previous, state.serving];
      return serve(
        {
          ...state,
          rollout: state.rollout?.model_version === event.data.model_version ? null : state.rollout,
          previous: previous.filter((version) => version !== event.data.model_version),
          rolledBack: without(state.rolledBack, event.data.model_version),
        },
        event.data.model_version,
      );
    }
    case 'MODEL_DATA_ERASED':
      return change(state, event.data.model_version, (version) => ({
        ...version,
        erasures: [...version.erasures, event.data.erasure_id],
      }));
    case 'MODEL_ROLLED_BACK':
      return serve(
        {
          ...state,
          previous: state.previous.filter((version) => version !== event.data.to),
          rolledBack: new Set([...state.rolledBack, event.data.from]),
        },
        event.data.to,
      );
    case 'MODEL_ROLLOUT_STARTED': {
      const { model_version } = event.data;
      const begun = { ...state, rollout: event.data, rolledBack: without(state.rolledBack, model_version) };
      return change(begun, model_version, (version) => ({ ...version, stage: 'challenger', refusal: null }));
    }
    case 'MODEL_ROLLOUT_ENDED': {
      const { rollout_id, model_version, outcome } = event.data;
      // A guard of some replica may notice late what has ended already.
      if (state.rollout?.rollout_id !== rollout_id) return state;
      const rolledBack = outcome === 'replaced' ? state.rolledBack : new Set([...state.rolledBack, model_version]);
      const over = { ...state, rollout: null, rolledBack };
      return change(over, model_version, (version) => ({ ...version, stage: 'retired' }));
    }
  }
}

/** @throws `model.unknown-version` (404) */
export function knownVersion(state: ModelState, name: string): VersionState {
  const version = state.versions.get(name);
  if (version) return version;
  throw fault('model.unknown-version', { public: `There is no model version ${name}.` });
}

/** Whether this version, or one that learnt from the same data set, was rolled back. */
export function isPinned({ versions, rolledBack }: ModelState, { trained }: VersionState): boolean {
  return [...rolledBack].some(
    (version) =>
      version === trained.model_version || versions.get(version)?.trained.dataset_version === trained.dataset_version,
  );
}

function without(versions: ReadonlySet<string>, version: string): ReadonlySet<string> {
  return new Set([...versions].filter((other) => other !== version));
}

function serve(state: ModelState, serving: string | null): ModelState {
  const retired =
    state.serving === null ? state : change(state, state.serving, (version) => ({ ...version, stage: 'retired' }));
  const next = { ...retired, serving };
  return serving === null
    ? next
    : change(next, serving, (version) => ({ ...version, stage: 'serving', refusal: null }));
}

function change(state: ModelState, name: string, update: (version: VersionState) => VersionState): ModelState {
  const version = state.versions.get(name);
  return version ? { ...state, versions: new Map(state.versions).set(name, update(version)) } : state;
}

export function coverageOf(report: AgreementReport | undefined): number | null {
  return report?.coverage.value ?? null;
}
