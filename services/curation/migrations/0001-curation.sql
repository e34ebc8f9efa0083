-- Versions of distillation_training_data. Runs stand in the tables of the service kit.
create table datasets (
  tenant          text not null,
  dataset_version text not null,
  digest          text not null,
  -- Artifact with the recipe and the log positions it selected.
  manifest        text not null,
  rows            bigint not null,
  log_position    text not null,
  run_id          text not null,
  created_at      timestamptz not null,
  summary         jsonb not null,
  quality         jsonb not null,
  primary key (tenant, dataset_version),
  -- The same content has one version.
  unique (tenant, digest)
);
create index datasets_newest_first on datasets (tenant, created_at desc, dataset_version desc);

-- Why a decision is not in a run's data set.
create table rejections (
  tenant      text not null,
  run_id      text not null,
  decision_id text not null,
  reason      text not null,
  -- The decision that stands for a duplicate.
  keeper      text,
  primary key (tenant, run_id, decision_id)
);
create index rejections_by_reason on rejections (tenant, run_id, reason, decision_id);

-- Tenants the curator looks after: everyone who ever registered a toolset or asked for a run.
create table tenants (tenant text primary key);
