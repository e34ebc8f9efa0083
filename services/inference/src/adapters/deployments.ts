import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { Deployments } from '../app/deployments.ts';

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
      const { rows } = await db.query<{
        tenant: string;
        model: string;
        model_version: string | null;
        artifact: string | null;
      }>('select tenant, model, model_version, artifact from serving');
      return rows.map((row) => ({
        tenant: row.tenant,
        model: row.model,
        modelVersion: row.model_version,
        artifact: row.artifact,
      }));
    },
    async deployed(event, transaction) {
      const { tenant, time, data } = event;
      await transaction.query(
        `insert into deployed_versions (tenant, model, model_version, artifact, deployed_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [tenant, data.model, data.model_version, data.artifact, time],
      );
      await serve(transaction, event, { modelVersion: data.model_version, artifact: data.artifact });
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
  };
}
