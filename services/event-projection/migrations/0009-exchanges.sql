-- What turns took and cost, of the decisions that tell it: a fold like `decisions`, narrow enough to be added up.
create table exchanges (
  tenant            text not null,
  id                text not null,
  agent_id          text not null,
  decided_by        text not null,
  -- The teacher's model that answered, or that a student answered for.
  model             text,
  has_calls         boolean not null,
  is_audit          boolean not null,
  prompt_tokens     bigint,
  cached_tokens     bigint,
  completion_tokens bigint,
  request_bytes     bigint,
  latency_ms        double precision,
  cost              double precision,
  currency          text,
  price_source      text,
  occurred_at       timestamptz not null,
  commit_position   bigint not null,
  prepare_position  bigint not null,
  keys              uuid[],
  primary key (tenant, id)
);
create index exchanges_by_time on exchanges (tenant, occurred_at);
create index exchanges_by_key on exchanges using gin (keys) where keys is not null;

insert into exchanges
  (tenant, id, agent_id, decided_by, model, has_calls, is_audit, prompt_tokens, cached_tokens, completion_tokens, latency_ms,
   occurred_at, commit_position, prepare_position, keys)
select tenant, id, agent_id, coalesce(data->'decided_by'->>'kind', 'teacher'),
  case when data->'decided_by'->>'kind' = 'student' then null else data->>'teacher_model' end,
  tool_selected is not null, false, (data->'exchange'->>'prompt_tokens')::bigint,
  (data->'exchange'->>'cached_tokens')::bigint, (data->'exchange'->>'completion_tokens')::bigint,
  (data->'exchange'->>'latency_ms')::double precision, occurred_at, commit_position, prepare_position, keys
from decisions where json_typeof(data->'exchange') = 'object';
