-- What is known of the requests of a version, so that a process that begins again does not begin at the default rung.
create table traffic (
  tenant text not null,
  model text not null,
  model_version text not null,
  kept jsonb not null,
  primary key (tenant, model, model_version)
);
