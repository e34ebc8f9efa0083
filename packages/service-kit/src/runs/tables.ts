/** The runs of one service, in its own schema: queued, claimed by one process, kept for good. An agent's runs stand among
 *  them, under a kind of their own. */
export const runTables = `
  create table if not exists runs (
    run_id text primary key,
    tenant text not null,
    state text not null,
    input jsonb not null,
    result jsonb not null default '{}',
    fraction double precision not null default 0,
    step text not null default 'queued',
    error jsonb,
    correlation_id text not null,
    causation_id text,
    cancel_requested boolean not null default false,
    owner text,
    heartbeat_at timestamptz,
    created_at timestamptz not null,
    finished_at timestamptz
  );
  -- Which of a service's queues; what came before there were several is 'run'.
  alter table runs add column if not exists kind text not null default 'run';
  -- How often it was taken up again after its process had ended.
  alter table runs add column if not exists resumed int not null default 0;
  alter table runs
    add column if not exists started_at timestamptz,
    -- From 1; a failed run that is tried again is a run of its own.
    add column if not exists attempt int not null default 1,
    -- What set it off: {kind, reason, count}; null where somebody asked for it.
    add column if not exists trigger jsonb,
    -- What was perceived and decided: {perception, perceived_at, decision, why, decided_at}.
    add column if not exists record jsonb not null default '{}',
    -- Not before this moment of the database's clock.
    add column if not exists not_before timestamptz,
    -- The fencing token of the lease under which it runs.
    add column if not exists token bigint,
    -- The span that asked for it (W3C \`traceparent\`); null where nobody traces.
    add column if not exists trace_parent text;
  create index if not exists runs_waiting on runs (created_at) where state in ('queued', 'running');
  create index if not exists runs_by_tenant on runs (tenant, created_at desc, run_id desc);
  -- Tenants take turns: whose last run began the longest ago is next.
  create index if not exists runs_begun on runs (kind, tenant, started_at desc);
  create index if not exists runs_queued on runs (kind, tenant) where state = 'queued';
  -- Triggers for one tenant that come before the run begins become one run.
  create unique index if not exists runs_triggered on runs (kind, tenant) where state = 'queued' and trigger is not null;
  create table if not exists run_progress (
    run_id text not null references runs on delete cascade,
    sequence int not null,
    at timestamptz not null,
    fraction double precision not null,
    step text not null,
    metrics jsonb,
    primary key (run_id, sequence)
  );
`;
