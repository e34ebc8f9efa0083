/** The runs of one service, in its own schema: queued, claimed by one process, kept for good. */
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
  create index if not exists runs_waiting on runs (created_at) where state in ('queued', 'running');
  create index if not exists runs_by_tenant on runs (tenant, created_at desc, run_id desc);
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
