import type { EventData, PairedComparison } from '@retort/contracts';
import { assertExhaustive, canonicalJson, fault, type Decider } from '@retort/kernel';
import type { GateReason } from './gate-reason.ts';
import { judge, type GatePolicy } from './gate.ts';
import {
  coverageOf,
  evolve,
  isPinned,
  unknownModel,
  type ModelEvent,
  type ModelState,
  type VersionState,
} from './model-state.ts';

export type ModelCommand =
  | { type: 'RegisterTrained'; trained: EventData<'MODEL_TRAINED'> }
  | { type: 'RecordEvaluation'; evaluation: EventData<'MODEL_EVALUATED'> }
  | {
      type: 'Deploy';
      model: string;
      version: string;
      policy: GatePolicy;
      by: 'policy' | 'approver';
      /** With what serves, on the same turns; absent: the one that was made when the version was evaluated. */
      comparison?: PairedComparison | undefined;
      /** Findings of the comparison with what serves that the approver accepts. */
      accepted?: readonly string[];
    }
  | {
      type: 'RollBack';
      model: string;
      reason: string;
      /** Only when this version serves. */ from?: string | undefined;
    }
  | {
      type: 'FlagErased';
      model: string;
      erasureId: string;
      /** The data sets that contained whoever was erased. */
      datasets: ReadonlySet<string>;
    };

/** The life of a model: unknown → trained → evaluated → serving or refused → retired. Every command may be repeated:
 *  what is already so gives no event.
 *  @throws `model.unknown-version` (404), `model.version-exists` (409). */
export const modelLifecycle: Decider<ModelCommand, ModelState, ModelEvent> = { initial: unknownModel, decide, evolve };

function decide(command: ModelCommand, state: ModelState): ModelEvent[] {
  switch (command.type) {
    case 'RegisterTrained':
      return register(command.trained, state);
    case 'RecordEvaluation': {
      const version = known(state, command.evaluation.model_version);
      return version.evaluation?.evaluation_id === command.evaluation.evaluation_id
        ? []
        : [{ type: 'MODEL_EVALUATED', data: command.evaluation }];
    }
    case 'Deploy':
      return deploy(command, state);
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

function deploy(command: Extract<ModelCommand, { type: 'Deploy' }>, state: ModelState): ModelEvent[] {
  const version = known(state, command.version);
  if (state.serving === command.version) return [];
  const verdict = gateVerdict(version, state, command);
  if (verdict.pass)
    return [
      {
        type: 'MODEL_DEPLOYED',
        data: {
          model: command.model,
          model_version: command.version,
          artifact: version.trained.artifact,
          strategy: 'full',
          percent: 100,
          reason: verdict.reason,
        },
      },
    ];
  const refusal = { model: command.model, model_version: command.version, reasons: [...verdict.reasons] };
  return canonicalJson(refusal) === canonicalJson(version.refusal)
    ? []
    : [{ type: 'MODEL_DEPLOYMENT_REFUSED', data: refusal }];
}

function gateVerdict(version: VersionState, state: ModelState, command: Extract<ModelCommand, { type: 'Deploy' }>) {
  if (command.by === 'policy' && isPinned(state, version)) {
    const reason: GateReason = {
      code: 'gate.rolled-back',
      message:
        'A student of this data set was rolled back. It does not return by itself; somebody with models:approve may deploy it.',
    };
    return { pass: false, reasons: [reason] } as const;
  }
  if (!version.evaluation) {
    const reason: GateReason = {
      code: 'gate.not-evaluated',
      message: 'Nothing shows how this version agrees with the teacher: it was never evaluated.',
    };
    return { pass: false, reasons: [reason] } as const;
  }
  const serving = state.serving === null ? undefined : state.versions.get(state.serving);
  return judge(
    {
      guarantee: version.trained.guarantee,
      attempt: version.trained.attempt,
      report: version.evaluation.report,
      source: version.evaluation.source,
      leakage: version.trained.leakage,
      slices: version.trained.slices,
      serving: serving
        ? { version: serving.trained.model_version, coverage: coverageOf(serving.evaluation?.report) }
        : null,
      comparison: command.comparison ?? version.evaluation.comparison,
      accepted: command.accepted ?? [],
    },
    command.policy,
  );
}

/** Back to the version that served before; without one, to nobody: the teacher then answers everything. */
function rollBack(command: Extract<ModelCommand, { type: 'RollBack' }>, state: ModelState): ModelEvent[] {
  if (state.versions.size === 0) throw fault('model.unknown', { public: `There is no model ${command.model}.` });
  if (state.serving === null || (command.from !== undefined && command.from !== state.serving)) return [];
  const to = state.previous.at(-1) ?? null;
  return [
    { type: 'MODEL_ROLLED_BACK', data: { model: command.model, from: state.serving, to, reason: command.reason } },
  ];
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

function known(state: ModelState, name: string): VersionState {
  const version = state.versions.get(name);
  if (version) return version;
  throw fault('model.unknown-version', { public: `There is no model version ${name}.` });
}
