-- What a tenant calls its toolsets. A name keeps its meaning for ever.
create table toolset_names (
  tenant     text not null,
  name       text not null,
  digest     text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, name)
);

-- Which content an event id stands for. Used only with an event store that does not itself refuse a second event of the
-- same id.
create table identities (
  event_id uuid primary key,
  digest   text not null,
  recorded boolean not null default false
);
