import type { Queryable } from '@retort/postgres';

/** Takes over what releases left that kept agents' runs and triggers in tables of their own. Such a release may still act
 *  beside this one while it is rolled out: its tables stay, empty. */
export async function adoptAgentRuns(
  where: Queryable,
  { agent, kind }: { agent: string; kind: string },
): Promise<void> {
  const { rows } = await where.query<{ there: boolean }>(`select to_regclass('agent_runs') is not null as there`);
  if (!rows[0]?.there) return;
  await where.query(
    `with left_over as (delete from agent_runs where agent = $1 returning *)
     insert into runs (run_id, tenant, state, input, result, fraction, step, error, correlation_id, causation_id,
       created_at, started_at, finished_at, kind, attempt, token, trigger, record)
     select id::text, tenant,
       case state when 'nothing-to-do' then 'succeeded' when 'interrupted' then 'failed' else state end,
       input, case when outcome is null then '{}'::jsonb else jsonb_build_object('outcome', outcome) end,
       (progress ->> 'fraction')::double precision, progress ->> 'step',
       case state when 'interrupted' then $3::jsonb else error end,
       correlation_id, causation_id, started_at, started_at, finished_at, $2, attempt, fencing_token,
       jsonb_build_object('kind', trigger, 'reason', reason, 'count', wakes),
       jsonb_strip_nulls(jsonb_build_object('perception', perception, 'perceived_at', perceived_at, 'why', why,
         'decision', decision, 'decided_at', decided_at))
         || case state when 'nothing-to-do' then '{"decision": null}'::jsonb else '{}' end
     from left_over on conflict do nothing`,
    [agent, kind, JSON.stringify({ code: 'run.interrupted', message: 'The process that executed this run ended.' })],
  );
  await where.query(
    `with left_over as (delete from agent_wakes where agent = $1 returning *)
     insert into runs (run_id, tenant, state, input, correlation_id, causation_id, created_at, kind, attempt, not_before,
       trigger)
     select gen_random_uuid()::text, tenant, 'queued', input, correlation_id, causation_id, woken_at, $2, attempt,
       not_before, jsonb_build_object('kind', trigger, 'reason', reason, 'count', wakes)
     from left_over
     on conflict (kind, tenant) where state = 'queued' and trigger is not null do update set
       input = runs.input || excluded.input, attempt = least(runs.attempt, excluded.attempt),
       not_before = least(runs.not_before, excluded.not_before)`,
    [agent, kind],
  );
}
