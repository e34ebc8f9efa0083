import type { deployedModel } from '@retort/contracts';
import type { z } from 'zod';
import type { ModelState } from './model-state.ts';
import type { DatedEvent } from './stage-history.ts';

export type DeployedModel = z.infer<typeof deployedModel>;

const shown = 20;

/** Who serves, who challenges and what became of earlier challengers, from what made the state. */
export function deployedModelOf(
  model: string,
  { state, history }: { state: ModelState; history: readonly DatedEvent[] },
): DeployedModel {
  let championSince: string | undefined;
  const challengerSince = new Map<string, string>();
  const open = new Map<string, string>();
  const ended: DeployedModel['ended'] = [];
  for (const { event, at } of history) {
    if (event.type === 'MODEL_ROLLED_BACK') championSince = at;
    if (event.type === 'MODEL_ROLLOUT_STARTED') {
      const { rollout_id, model_version } = event.data;
      open.set(rollout_id, model_version);
      if (!challengerSince.has(rollout_id)) challengerSince.set(rollout_id, at);
    }
    if (event.type === 'MODEL_ROLLOUT_ENDED' && open.delete(event.data.rollout_id)) {
      const { rollout_id, model_version, outcome, guard, reason } = event.data;
      ended.push({ rollout_id, model_version, outcome, guard, reason, at });
    }
    if (event.type !== 'MODEL_DEPLOYED') continue;
    championSince = at;
    const { model_version, reason } = event.data;
    const promoted = [...open].find(([, version]) => version === model_version)?.[0];
    if (promoted === undefined) continue;
    open.delete(promoted);
    ended.push({ rollout_id: promoted, model_version, outcome: 'promoted', guard: null, reason, at });
  }
  const { serving, rollout, previous } = state;
  return {
    model,
    champion: serving === null ? null : { model_version: serving, since: championSince! },
    previous: previous.at(-1) ?? null,
    challenger: rollout && {
      rollout_id: rollout.rollout_id,
      model_version: rollout.model_version,
      strategy: rollout.strategy,
      percent: rollout.percent,
      agents: rollout.agents,
      guards: rollout.guards,
      since: challengerSince.get(rollout.rollout_id)!,
    },
    ended: ended.reverse().slice(0, shown),
  };
}
