import type { EventData, PairedComparison, RolloutGuards, RolloutStrategy } from '@retort/contracts';
import { canonicalJson, fault } from '@retort/kernel';
import type { GateReason } from './gate-reason.ts';
import { judge, type GatePolicy, type GateVerdict } from './gate.ts';
import {
  coverageOf,
  isPinned,
  knownVersion,
  type ModelEvent,
  type ModelState,
  type VersionState,
} from './model-state.ts';

interface Judged {
  model: string;
  version: string;
  policy: GatePolicy;
  /** With what serves, on the same turns; absent: the one that was made when the version was evaluated. */
  comparison?: PairedComparison | undefined;
  /** Findings of the comparison with what serves that the approver accepts. */
  accepted?: readonly string[];
}
export interface Deploy extends Judged {
  type: 'Deploy';
  by: 'policy' | 'approver';
}
export interface Challenge extends Judged {
  type: 'Challenge';
  /** Of the rollout, if it is a new one. */
  id: string;
  strategy: RolloutStrategy;
  percent: number;
  agents: readonly string[] | null;
  guards: RolloutGuards;
}
export interface Promote extends Judged {
  type: 'Promote';
}
export interface RollBack {
  type: 'RollBack';
  model: string;
  reason: string;
  /** Only when this version serves, or challenges. */
  from?: string | undefined;
}

export function deploy(command: Deploy, state: ModelState): ModelEvent[] {
  const version = knownVersion(state, command.version);
  if (state.serving === command.version) return [];
  const verdict = verdictOn(version, state, command);
  return verdict.pass ? [deployed(command, version, verdict.reason)] : refused(command, version, verdict.reasons);
}

/** A canary answers, so the gate must hold; a shadow answers nobody.
 *  @throws `deployment.already-serves` (409) */
export function challenge(command: Challenge, state: ModelState): ModelEvent[] {
  const { model, strategy, percent, guards } = command;
  const version = knownVersion(state, command.version);
  if (state.serving === command.version)
    throw fault('deployment.already-serves', { public: `Version ${command.version} serves already.` });
  const current = state.rollout;
  const again = current?.model_version === command.version ? current : null;
  const settings = { strategy, percent, agents: command.agents && [...command.agents], guards };
  if (again && canonicalJson(settingsOf(again)) === canonicalJson(settings)) return [];
  const verdict =
    strategy === 'canary'
      ? verdictOn(version, state, { ...command, by: 'approver' })
      : ({ pass: true, reason: 'It answers nobody.' } as const);
  if (!verdict.pass) return refused(command, version, verdict.reasons);
  const started: EventData<'MODEL_ROLLOUT_STARTED'> = {
    rollout_id: again?.rollout_id ?? command.id,
    model,
    model_version: command.version,
    artifact: version.trained.artifact,
    ...settings,
    champion: state.serving,
    reason: verdict.reason,
  };
  const replaced = current && !again ? [ended(current, 'replaced', `${command.version} challenges now.`)] : [];
  return [...replaced, { type: 'MODEL_ROLLOUT_STARTED', data: started }];
}

/** @throws `deployment.no-challenger` (409) */
export function promote(command: Promote, state: ModelState): ModelEvent[] {
  knownVersion(state, command.version);
  if (state.serving !== command.version && state.rollout?.model_version !== command.version)
    throw fault('deployment.no-challenger', { public: `Version ${command.version} does not challenge what serves.` });
  return deploy({ ...command, type: 'Deploy', by: 'approver' }, state);
}

/** Takes back what was deployed last: the challenger; without one, back to the version that served before; without that, to
 *  nobody: the teacher then answers everything.
 *  @throws `model.unknown`, `model.unknown-version` (404) */
export function rollBack({ model, reason, from }: RollBack, state: ModelState): ModelEvent[] {
  if (state.versions.size === 0) throw fault('model.unknown', { public: `There is no model ${model}.` });
  if (from !== undefined) knownVersion(state, from);
  const { rollout, serving } = state;
  if (rollout && (from ?? rollout.model_version) === rollout.model_version) return [ended(rollout, 'stopped', reason)];
  if (serving === null || (from ?? serving) !== serving) return [];
  const to = state.previous.at(-1) ?? null;
  return [{ type: 'MODEL_ROLLED_BACK', data: { model, from: serving, to, reason } }];
}

function deployed({ model }: Judged, { trained }: VersionState, reason: string): ModelEvent {
  const { model_version, artifact } = trained;
  return {
    type: 'MODEL_DEPLOYED',
    data: { model, model_version, artifact, strategy: 'full', percent: 100, reason },
  };
}

function refused({ model, version }: Judged, { refusal }: VersionState, reasons: readonly GateReason[]): ModelEvent[] {
  const data = { model, model_version: version, reasons: [...reasons] };
  return canonicalJson(data) === canonicalJson(refusal) ? [] : [{ type: 'MODEL_DEPLOYMENT_REFUSED', data }];
}

function ended(
  { rollout_id, model, model_version }: EventData<'MODEL_ROLLOUT_STARTED'>,
  outcome: 'stopped' | 'replaced',
  reason: string,
): ModelEvent {
  return {
    type: 'MODEL_ROLLOUT_ENDED',
    data: { rollout_id, model, model_version, outcome, guard: null, reason },
  };
}

function settingsOf({ strategy, percent, agents, guards }: EventData<'MODEL_ROLLOUT_STARTED'>) {
  return { strategy, percent, agents, guards };
}

function verdictOn(version: VersionState, state: ModelState, command: Judged & Pick<Deploy, 'by'>): GateVerdict {
  if (command.by === 'policy' && isPinned(state, version)) {
    const message =
      'A student of this data set was rolled back. It does not return by itself; somebody with models:approve may deploy it.';
    return { pass: false, reasons: [{ code: 'gate.rolled-back', message }] };
  }
  if (!version.evaluation) {
    const message = 'Nothing shows how this version agrees with the teacher: it was never evaluated.';
    return { pass: false, reasons: [{ code: 'gate.not-evaluated', message }] };
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
