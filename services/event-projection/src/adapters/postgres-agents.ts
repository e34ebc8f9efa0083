import type { Queryable } from '@retort/postgres';
import type { AgentDayRow, AgentRow, Agents } from '../app/agents.ts';

export function postgresAgents(database: Queryable): Agents {
  return {
    async list(tenant) {
      const { rows } = await database.query<AgentRow>(
        `select agent_id, count(*) as decisions, count(distinct tool_selected) as tools,
           min(occurred_at) as first_decision_at, max(occurred_at) as last_decision_at
         from decisions where tenant = $1 group by agent_id order by agent_id`,
        [tenant],
      );
      return rows;
    },
    async timeline(tenant, agentId, { from, to }) {
      // What was reported last counts; a student's decision is compared with what the teacher did in the same context,
      // where the arguments of both are known.
      const { rows } = await database.query<AgentDayRow>(
        `with reported as (
           select decision_id,
             (array_agg(success order by commit_position desc, prepare_position desc)
               filter (where success is not null))[1] as success,
             (array_agg(execution_time_ms order by commit_position desc, prepare_position desc)
               filter (where execution_time_ms is not null))[1] as execution_time_ms
           from outcomes where tenant = $1 group by decision_id
         ), mine as (
           select d.id, d.decided_by, d.occurred_at, d.tool_selected, d.data,
             coalesce(r.success, d.success) as success,
             coalesce(r.execution_time_ms, d.execution_time_ms) as execution_time_ms
           from decisions d left join reported r on r.decision_id = d.id
           where d.tenant = $1 and d.agent_id = $2
             and ($3::timestamptz is null or d.occurred_at >= $3) and ($4::timestamptz is null or d.occurred_at < $4)
         ), calls as (
           select id, decided_by, occurred_at, (data->'context')::jsonb as context,
             jsonb_build_array(tool_selected, coalesce((data->'tool_parameters')::jsonb, '{}')) as call
           from mine
           where json_typeof(data->'tool_parameters') is distinct from 'null'
             and exists (select 1 from mine where decided_by = 'student')
         ), teacher as (
           select distinct on (context) context, call from calls
           where decided_by = 'teacher' order by context, occurred_at desc
         ), compared as (
           select c.id, c.call = t.call as agreed from calls c join teacher t using (context)
           where c.decided_by = 'student'
         )
         select to_char(m.occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as decisions,
           count(*) filter (where m.decided_by = 'student') as decided_by_student,
           count(m.success) as outcomes_known, count(*) filter (where m.success) as succeeded,
           count(m.execution_time_ms) as timed, avg(m.execution_time_ms::numeric)::float8 as mean_ms,
           percentile_cont(0.95) within group (order by m.execution_time_ms) as p95_ms,
           count(c.id) as compared, count(*) filter (where c.agreed) as agreed
         from mine m left join compared c on c.id = m.id
         group by 1 order by 1`,
        [tenant, agentId, from, to],
      );
      return rows;
    },
  };
}
