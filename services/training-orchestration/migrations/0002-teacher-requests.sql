-- What the trainer asked its teacher for when a data set did not suffice: once for each.
create table teacher_requests (
  tenant text not null,
  model text not null,
  dataset_version text not null,
  asked int not null,
  answered int not null,
  -- The curation that takes the answers in; null when there were none.
  curation_run text,
  requested_at timestamptz not null default now(),
  primary key (tenant, model, dataset_version)
);
