-- Every table is rebuilt from the log alone. Rows are only ever added: what was known at a past position is a filter.
-- A position of the log is two numbers (see @retort/event-store): (commit_position, prepare_position).

create table decisions (
  tenant            text not null,
  id                text not null,
  agent_id          text not null,
  -- null: the teacher answered without a tool.
  tool_selected     text,
  toolset           text not null,
  decided_by        text not null,
  success           boolean,
  execution_time_ms double precision,
  occurred_at       timestamptz not null,
  recorded_at       timestamptz not null,
  commit_position   bigint not null,
  prepare_position  bigint not null,
  event_id          uuid not null,
  data              json not null,
  primary key (tenant, id)
);
create index decisions_in_log_order on decisions (tenant, commit_position, prepare_position);
create index decisions_of_agent on decisions (tenant, agent_id, occurred_at);
create index decisions_by_time on decisions (tenant, occurred_at, commit_position, prepare_position);

-- What became of a decision, as it was reported later; every report stays.
create table outcomes (
  tenant            text not null,
  decision_id       text not null,
  outcome           json not null,
  success           boolean,
  execution_time_ms double precision,
  occurred_at       timestamptz not null,
  recorded_at       timestamptz not null,
  commit_position   bigint not null,
  prepare_position  bigint not null,
  event_id          uuid not null,
  primary key (tenant, decision_id, commit_position, prepare_position)
);

create table toolsets (
  tenant text not null,
  digest text not null,
  tools  json not null,
  primary key (tenant, digest)
);

create table toolset_names (
  tenant text not null,
  name   text not null,
  digest text not null,
  primary key (tenant, name)
);

-- Events that could not be projected: set aside, counted, never in the way of the others.
create table poison_events (
  commit_position  bigint not null,
  prepare_position bigint not null,
  event_id         uuid not null,
  event_type       text not null,
  tenant           text not null,
  stream           text not null,
  error            text not null,
  primary key (commit_position, prepare_position)
);
