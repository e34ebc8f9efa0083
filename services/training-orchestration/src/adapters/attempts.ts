import type { RunState } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import type { GateReason } from '../domain/gate.ts';
import type { TriedAttempt } from '../domain/training-plan.ts';

/** The oldest first. */
export async function attemptsOn(
  db: Queryable,
  { tenant, model, datasetVersion }: { tenant: string; model: string; datasetVersion: string },
): Promise<TriedAttempt[]> {
  const { rows } = await db.query<{
    run_id: string;
    state: RunState;
    configuration: JsonObject;
    deployed: boolean | null;
    refused: GateReason[] | null;
    error: string | null;
  }>(
    `select run_id, state, input -> 'configuration' as configuration, (result ->> 'deployed')::boolean as deployed,
            result -> 'refused' as refused, error ->> 'code' as error
     from runs
     where tenant = $1 and input ->> 'model' = $2 and input ->> 'dataset_version' = $3 and input ? 'attempt'
     order by (input ->> 'attempt')::int`,
    [tenant, model, datasetVersion],
  );
  return rows.map(({ run_id, deployed, refused, ...row }) => ({
    ...row,
    runId: run_id,
    deployed: deployed ?? false,
    refused: refused ?? [],
  }));
}
