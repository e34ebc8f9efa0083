import type { AgreementReport, DomainEvent, EventData } from '@retort/contracts';

export const modelEventTypes = [
  'MODEL_TRAINED',
  'MODEL_EVALUATED',
  'MODEL_DEPLOYED',
  'MODEL_DEPLOYMENT_REFUSED',
  'MODEL_ROLLED_BACK',
  'MODEL_DATA_ERASED',
] as const;
export type ModelEvent = DomainEvent<(typeof modelEventTypes)[number]>;

export type Stage = 'trained' | 'evaluated' | 'refused' | 'serving' | 'retired';

export interface VersionState {
  stage: Stage;
  trained: EventData<'MODEL_TRAINED'>;
  evaluation: EventData<'MODEL_EVALUATED'> | null;
  refusal: EventData<'MODEL_DEPLOYMENT_REFUSED'> | null;
  /** Erasures of subjects that it learnt from. */
  erasures: readonly string[];
}

/** A model: its versions in the order they were trained, and which one serves. */
export interface ModelState {
  versions: ReadonlyMap<string, VersionState>;
  serving: string | null;
  /** Versions that served before the present one, the latest last: where a roll-back leads. */
  previous: readonly string[];
  /** Versions that were rolled back and not deployed since. */
  rolledBack: ReadonlySet<string>;
}

export const unknownModel: ModelState = { versions: new Map(), serving: null, previous: [], rolledBack: new Set() };

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
        // A version that serves and fails a later gate goes on serving until it is rolled back.
        stage: version.stage === 'serving' ? 'serving' : 'refused',
        refusal: event.data,
      }));
    case 'MODEL_DEPLOYED': {
      const previous = state.serving === null ? state.previous : [...state.previous, state.serving];
      return serve(
        {
          ...state,
          previous: previous.filter((version) => version !== event.data.model_version),
          rolledBack: new Set([...state.rolledBack].filter((version) => version !== event.data.model_version)),
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
  }
}

/** Whether this version, or one that learnt from the same data set, was rolled back. */
export function isPinned({ versions, rolledBack }: ModelState, { trained }: VersionState): boolean {
  return [...rolledBack].some(
    (version) =>
      version === trained.model_version || versions.get(version)?.trained.dataset_version === trained.dataset_version,
  );
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
