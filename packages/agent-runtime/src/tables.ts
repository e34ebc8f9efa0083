/** What agents keep in their service's schema. */
export const agentTables = `
  create table if not exists agent_leases (
    agent        text primary key,
    holder       text not null,
    -- The fencing token: grows when the holder changes.
    token        bigint not null,
    expires_at   timestamptz not null,
    scheduled_at timestamptz
  );
  create table if not exists agent_wakes (
    agent          text not null,
    tenant         text not null,
    trigger        text not null,
    reason         text not null,
    correlation_id text not null,
    causation_id   text,
    input          jsonb not null,
    wakes          int not null default 1,
    attempt        int not null default 1,
    not_before     timestamptz not null default now(),
    woken_at       timestamptz not null default now(),
    primary key (agent, tenant)
  );
  create table if not exists agent_runs (
    id             uuid primary key,
    agent          text not null,
    tenant         text not null,
    state          text not null,
    trigger        text not null,
    reason         text not null,
    input          jsonb not null,
    wakes          int not null,
    attempt        int not null,
    correlation_id text not null,
    causation_id   text,
    fencing_token  bigint not null,
    progress       jsonb not null default '{"fraction": 0, "step": "perceive"}',
    perception     jsonb,
    decision       jsonb,
    why            text,
    outcome        jsonb,
    error          jsonb,
    started_at     timestamptz not null,
    perceived_at   timestamptz,
    decided_at     timestamptz,
    finished_at    timestamptz
  );
  create index if not exists agent_runs_latest on agent_runs (agent, tenant, started_at desc, id desc);
  create index if not exists agent_runs_open on agent_runs (agent) where state = 'running'`;
