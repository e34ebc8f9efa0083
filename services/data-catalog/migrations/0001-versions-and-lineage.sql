-- Versions of the data products, as events announced them. Added to, never changed.
create table versions (
  tenant         text not null,
  product        text not null,
  version        text not null,
  digest         text,
  rows           bigint,
  created_at     timestamptz not null,
  -- Quality metrics of the version: name → {value, numerator, denominator}.
  quality        jsonb not null,
  -- Data of the event.
  manifest       jsonb not null,
  event_id       uuid not null,
  causation_id   uuid,
  correlation_id text not null,
  -- In the order in which the catalog heard of them.
  sequence       bigint generated always as identity,
  primary key (tenant, product, version)
);
create index versions_newest_first on versions (tenant, product, sequence desc);

-- What was made of what. A node is named `kind:name@version` or `product@version`.
create table lineage (
  tenant         text not null,
  from_node      text not null,
  to_node        text not null,
  event_id       uuid not null,
  event_type     text not null,
  causation_id   uuid,
  correlation_id text not null,
  primary key (tenant, from_node, to_node, event_id)
);
create index lineage_upstream on lineage (tenant, to_node);
