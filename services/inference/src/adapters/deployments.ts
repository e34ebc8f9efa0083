import type { Queryable } from '@retort/postgres';
import type { HeardEvent } from '@retort/service-kit';

export interface Deployment {
  tenant: string;
  model: string;
  /** null: nobody serves. */
  modelVersion: string | null;
  artifact: string | null;
}

export interface Deployments {
  all(): Promise<Deployment[]>;
  deployed(event: HeardEvent<'MODEL_DEPLOYED'>, transaction: Queryable): Promise<void>;
  rolledBack(event: HeardEvent<'MODEL_ROLLED_BACK'>, transaction: Queryable): Promise<void>;
}

const serve = `
  insert into serving (tenant, model, model_version, artifact, since, event_id) values ($1, $2, $3, $4, $5, $6)
  on conflict (tenant, model) do update set
    model_version = excluded.model_version, artifact = excluded.artifact, since = excluded.since, event_id = excluded.event_id`;

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
    async deployed({ id, tenant, time, data }, transaction) {
      await transaction.query(
        `insert into deployed_versions (tenant, model, model_version, artifact, deployed_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing`,
        [tenant, data.model, data.model_version, data.artifact, time],
      );
      await transaction.query(serve, [tenant, data.model, data.model_version, data.artifact, time, id]);
    },
    async rolledBack({ id, tenant, time, data }, transaction) {
      const { rows } = await transaction.query<{ artifact: string }>(
        'select artifact from deployed_versions where tenant = $1 and model = $2 and model_version = $3',
        [tenant, data.model, data.to],
      );
      // A version whose deployment was never heard of cannot be loaded: then nobody serves, which is safe.
      const version = rows[0] ? data.to : null;
      await transaction.query(serve, [tenant, data.model, version, rows[0]?.artifact ?? null, time, id]);
    },
  };
}
