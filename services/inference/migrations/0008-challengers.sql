-- The version that challenges what serves, the latest of each model. One that challenges no more stays as it was, inactive, so
-- that an older event that the bus delivers again does not bring it back.
create table challengers (
  tenant text not null,
  model text not null,
  rollout_id text not null,
  model_version text not null,
  artifact text not null,
  strategy text not null,
  percent double precision not null,
  agents jsonb,
  guards jsonb not null,
  active boolean not null,
  commit_position numeric(20) not null,
  prepare_position numeric(20) not null,
  primary key (tenant, model)
);
