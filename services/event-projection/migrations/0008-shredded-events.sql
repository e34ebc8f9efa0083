-- The keys that the log encrypts an event with: where one of them is destroyed, the row goes.
alter table decisions add column keys uuid[];
create index decisions_by_key on decisions using gin (keys) where keys is not null;
alter table outcomes add column keys uuid[];
create index outcomes_by_key on outcomes using gin (keys) where keys is not null;
-- Events about somebody who has been erased: nobody can read them, and nobody stumbles over them.
create table shredded_events (
  commit_position  bigint not null,
  prepare_position bigint not null,
  event_id         uuid not null,
  event_type       text not null,
  tenant           text not null,
  keys             uuid[] not null,
  primary key (commit_position, prepare_position)
);
create index shredded_events_by_key on shredded_events using gin (keys);
