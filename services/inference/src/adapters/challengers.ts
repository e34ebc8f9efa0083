import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { Rollout } from '../domain/rollout.ts';

export interface ChallengerRow {
  rollout_id: string;
  challenger: string;
  challenger_artifact: string;
  strategy: Rollout['strategy'];
  percent: number;
  agents: string[] | null;
  guards: Rollout['guards'];
}

/** An event that stands in the log before the last one that was applied changes nothing. */
export async function startChallenge(
  transaction: Queryable,
  { tenant, data, position }: ReceivedEvent<'MODEL_ROLLOUT_STARTED'>,
): Promise<void> {
  const { commit, prepare } = parsePosition(position);
  const { model, rollout_id, model_version, artifact, strategy, percent, agents, guards } = data;
  await transaction.query(
    `insert into challengers (tenant, model, rollout_id, model_version, artifact, strategy, percent, agents, guards, active,
       commit_position, prepare_position)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10, $11)
     on conflict (tenant, model) do update set
       rollout_id = excluded.rollout_id, model_version = excluded.model_version, artifact = excluded.artifact,
       strategy = excluded.strategy, percent = excluded.percent, agents = excluded.agents, guards = excluded.guards,
       active = true, commit_position = excluded.commit_position, prepare_position = excluded.prepare_position
       where (challengers.commit_position, challengers.prepare_position)
          < (excluded.commit_position, excluded.prepare_position)`,
    [
      tenant,
      model,
      rollout_id,
      model_version,
      artifact,
      strategy,
      percent,
      agents && JSON.stringify(agents),
      JSON.stringify(guards),
      commit,
      prepare,
    ],
  );
}

/** The rollout of the id, or the one of the version, is over. */
export async function endChallenge(
  transaction: Queryable,
  { tenant, data, position }: ReceivedEvent<'MODEL_ROLLOUT_ENDED' | 'MODEL_DEPLOYED'>,
): Promise<void> {
  const { commit, prepare } = parsePosition(position);
  const { model, model_version: version } = data;
  const rollout = 'rollout_id' in data ? data.rollout_id : null;
  await transaction.query(
    `update challengers set active = false, commit_position = $5, prepare_position = $6
     where tenant = $1 and model = $2 and model_version = $3 and rollout_id = coalesce($4, rollout_id)
       and (commit_position, prepare_position) < ($5, $6)`,
    [tenant, model, version, rollout, commit, prepare],
  );
}

export function rolloutOf(row: ChallengerRow): Rollout {
  return {
    id: row.rollout_id,
    modelVersion: row.challenger,
    artifact: row.challenger_artifact,
    strategy: row.strategy,
    percent: row.percent,
    agents: row.agents,
    guards: row.guards,
  };
}
