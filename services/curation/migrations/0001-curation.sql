-- A run of the curator, from its order to its end. `lease_until` is renewed while a process works on it: a run whose
-- lease ran out lost its process.
create table curation_runs (
  tenant         text not null,
  run_id         uuid not null,
  state          text not null,
  parameters     jsonb not null,
  correlation_id text not null,
  causation_id   uuid,
  created_at     timestamptz not null,
  finished_at    timestamptz,
  fraction       double precision not null default 0,
  step           text not null default 'queued',
  lease_until    timestamptz,
  -- Data of the TRAINING_DATA_CURATED event, from the moment the data set stands.
  result         jsonb,
  error          jsonb,
  primary key (tenant, run_id)
);
create index curation_runs_newest_first on curation_runs (tenant, created_at desc, run_id desc);
create index curation_runs_unfinished on curation_runs (created_at) where state in ('queued', 'running');

create table datasets (
  tenant          text not null,
  dataset_version text not null,
  digest          text not null,
  -- Artifact with the recipe and the log positions it selected.
  manifest        text not null,
  rows            bigint not null,
  log_position    text not null,
  run_id          uuid not null,
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
  run_id      uuid not null,
  decision_id text not null,
  reason      text not null,
  -- The decision that stands for a duplicate.
  keeper      text,
  primary key (tenant, run_id, decision_id)
);
create index rejections_by_reason on rejections (tenant, run_id, reason, decision_id);

-- Tenants the curator looks after: everyone who ever registered a toolset or asked for a run.
create table tenants (tenant text primary key);
