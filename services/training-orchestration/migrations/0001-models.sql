-- The tenant's models by name; what is true of a model stands in its stream.
create table models (
  tenant text not null,
  model text not null,
  primary key (tenant, model)
);

-- Which event published a version of the training data: the cause of everything trained on it.
create table datasets (
  tenant text not null,
  dataset_version text not null,
  event_id text not null,
  correlation_id text not null,
  published_at timestamptz not null,
  primary key (tenant, dataset_version)
);
create index datasets_newest on datasets (tenant, published_at desc);
