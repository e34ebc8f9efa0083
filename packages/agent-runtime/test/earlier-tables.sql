-- What a release kept that had tables of its own for agents' runs and triggers.
create table agent_wakes (
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
create table agent_runs (
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
insert into agent_wakes (agent, tenant, trigger, reason, correlation_id, input, wakes, attempt)
values ('gardener', 'acme', 'event', 'left behind', 'c', '{}', 3, 2);
insert into agent_runs (id, agent, tenant, state, trigger, reason, input, wakes, attempt, correlation_id, fencing_token,
                        perception, decision, why, outcome, started_at, finished_at)
values
  ('00000000-0000-4000-8000-000000000001', 'gardener', 'acme', 'succeeded', 'manual', 'asked for', '{}', 2, 1, 'c', 1,
   '{"dry": 2}', '{"water": 2}', '2 are dry', '{"watered": 2}', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z'),
  ('00000000-0000-4000-8000-000000000002', 'gardener', 'acme', 'nothing-to-do', 'schedule', 'it is time', '{}', 1, 1, 'c', 1,
   '{"dry": 0}', null, 'nothing is dry', null, '2026-01-02T00:00:00Z', '2026-01-02T00:00:01Z'),
  ('00000000-0000-4000-8000-000000000003', 'gardener', 'acme', 'interrupted', 'event', 'its process ended', '{}', 1, 1, 'c', 2,
   null, null, null, null, '2026-01-03T00:00:00Z', '2026-01-03T00:00:01Z');
