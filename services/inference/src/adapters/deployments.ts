import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { Deployments } from '../app/deployments.ts';
import { endChallenge, rolloutOf, startChallenge, type ChallengerRow } from './challengers.ts';

interface Serving {
  tenant: string;
  model: string;
  model_version: string | null;
  artifact: string | null;
}
type Row = Serving & (ChallengerRow | { rollout_id: null });

/** An event that stands in the log before the last one that was applied changes nothing: the bus delivers some again. */
async function serve(
  transaction: Queryable,
  { id, tenant, time, data, position }: ReceivedEvent<'MODEL_DEPLOYED' | 'MODEL_ROLLED_BACK'>,
  version: { modelVersion: string | null; artifact: string | null },
): Promise<void> {
  const { commit, prepare } = parsePosition(position);
  await transaction.query(
    `insert into serving (tenant, model, model_version, artifact, since, event_id, commit_position, prepare_position)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (tenant, model) do update set
       model_version = excluded.model_version, artifact = excluded.artifact, since = excluded.since,
       event_id = excluded.event_id, commit_position = excluded.commit_position,
       prepare_position = excluded.prepare_position
       where (serving.commit_position, serving.prepare_position)
          <= (excluded.commit_position, excluded.prepare_position)`,
    [tenant, data.model, version.modelVersion, version.artifact, time, id, commit, prepare],
  );
}

export function deployments(db: Queryable): Deployments {
  return {
    async all() {
      const { rows } = await db.query<Row>(
        `select tenant, model, serving.model_version, serving.artifact, rollout_id, strategy, percent, agents, guards,
           challengers.model_version as challenger, challengers.artifact as challenger_artifact
         from serving full join (select * from challengers where active) challengers using (tenant, model)`,
      );
      return rows.map((row) => ({
        tenant: row.tenant,
        model: row.model,
        modelVersion: row.model_version,
        artifact: row.artifact,
        rollout: row.rollout_id === null ? null : rolloutOf(row),
      }));
    },
    async deployed(event, transaction) {
      await knowVersion(transaction, event);
      const { data } = event;
      await serve(transaction, event, { modelVersion: data.model_version, artifact: data.artifact });
      await endChallenge(transaction, event);
    },
    async rolledBack(event, transaction) {
      const { tenant, data } = event;
      const { rows } = await transaction.query<{ artifact: string }>(
        'select artifact from deployed_versions where tenant = $1 and model = $2 and model_version = $3',
        [tenant, data.model, data.to],
      );
      // A version whose deployment event never arrived cannot be loaded: nothing serves then, which is safe.
      await serve(transaction, event, { modelVersion: rows[0] ? data.to : null, artifact: rows[0]?.artifact ?? null });
    },
    async challenges(event, transaction) {
      await knowVersion(transaction, event);
      await startChallenge(transaction, event);
    },
    challengesNoMore: (event, transaction) => endChallenge(transaction, event),
  };
}

async function knowVersion(
  transaction: Queryable,
  { tenant, time, data }: ReceivedEvent<'MODEL_DEPLOYED' | 'MODEL_ROLLOUT_STARTED'>,
): Promise<void> {
  await transaction.query(
    `insert into deployed_versions (tenant, model, model_version, artifact, deployed_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [tenant, data.model, data.model_version, data.artifact, time],
  );
}
