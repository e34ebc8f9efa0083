-- What an evaluation that waits or runs is asked to compare; gone when it is done.
create table evaluation_inputs (
  run_id text not null,
  index int not null,
  decision jsonb not null,
  primary key (run_id, index)
);

-- One decision compared: the teacher's call and the student's.
create table evaluation_samples (
  tenant text not null,
  evaluation_id text not null,
  index int not null,
  id text not null,
  verdict text not null,
  sample jsonb not null,
  primary key (evaluation_id, index)
);
create index evaluation_samples_by_verdict on evaluation_samples (evaluation_id, verdict, index);

-- Evaluations that were done, whoever asked for them: the rows of distilled_model_metrics and performance_benchmarks.
create table model_metrics (
  tenant text not null,
  evaluation_id text not null,
  model text not null,
  model_version text not null,
  source text not null,
  started_at timestamptz not null,
  measured_at timestamptz not null,
  report jsonb not null,
  predictions_per_second double precision,
  primary key (tenant, evaluation_id)
);
create index model_metrics_newest on model_metrics (tenant, measured_at desc, evaluation_id desc);

-- What the drift monitors said, look after look.
create table drift_reports (
  tenant text not null,
  report_id text not null,
  model text not null,
  model_version text not null,
  monitor text not null,
  statistic double precision not null,
  critical double precision,
  verdict text not null,
  decisions int not null,
  window_from timestamptz not null,
  window_to timestamptz not null,
  primary key (tenant, report_id)
);
create index drift_reports_newest on drift_reports (tenant, model, window_to desc);

-- Tenants whose models are watched.
create table tenants (tenant text primary key);

-- Retraining is asked for once per version: the answer takes a while.
create table retrainings (
  tenant text not null,
  model text not null,
  model_version text not null,
  reason text not null,
  asked_at timestamptz not null,
  primary key (tenant, model, model_version)
);
