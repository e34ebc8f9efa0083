-- The log. Its order is (transaction_id, ordinal): see docs/adr on the order of the Postgres event store.
create table events (
  transaction_id xid8 not null,
  ordinal integer not null,
  stream text not null,
  revision bigint not null,
  event_id uuid not null,
  type text not null,
  version integer not null,
  tenant text not null,
  aggregate_type text not null,
  aggregate_id text not null,
  -- When it happened, as its writer wrote it.
  occurred_at text not null,
  -- When the log learnt of it, in whole milliseconds so that no reader rounds it.
  recorded_at timestamptz not null,
  causation_id uuid,
  correlation_id text not null,
  -- `json`, not `jsonb`: the text is kept byte for byte.
  data json not null,
  primary key (transaction_id, ordinal),
  constraint events_id unique (event_id),
  constraint events_revision unique (stream, revision)
);
-- Rows are about 1 KB and never updated; most of their bytes are not worth compressing out of line.
alter table events alter column data set storage main;

-- Appends a group of events in one round trip, or nothing when a checked stream is not where it is expected.
--
-- Locks come first: those of the streams (shared out over a bounded number of keys, in ascending order so that two
-- writers never wait for each other), then the marker that says "a writer is at work". Only then the transaction gets
-- its id. A later writer of the same stream therefore has a higher id, and a reader finds every writer that could still
-- commit below an id among the holders of the marker.
create function append_events(
  lock_keys integer[],
  streams text[],
  checked_streams integer[],
  checked_revisions bigint[],
  stream_of integer[],
  offset_of integer[],
  ids uuid[],
  types text[],
  versions integer[],
  tenants text[],
  aggregate_types text[],
  aggregate_ids text[],
  occurred text[],
  causations uuid[],
  correlations text[],
  contents json[],
  -- null when nothing was written
  out written xid8,
  -- revision of each stream before the append, -1 where there was none
  out revisions bigint[],
  out recorded timestamptz
) language plpgsql set search_path from current as $$
begin
  perform pg_advisory_xact_lock(1382369391, key) from unnest(lock_keys) as key;
  perform pg_advisory_xact_lock_shared(1382369392, 0);
  -- A statement of its own, and so a snapshot taken after the locks.
  select array_agg(coalesce(
           (select e.revision from events e where e.stream = s.name order by e.revision desc limit 1), -1)
           order by s.place)
    into revisions
    from unnest(streams) with ordinality as s (name, place);
  if exists (
    select from unnest(checked_streams, checked_revisions) as checked (stream, revision)
    where revisions[checked.stream] <> checked.revision
  ) then
    return;
  end if;
  written := pg_current_xact_id();
  recorded := date_trunc('milliseconds', clock_timestamp());
  insert into events (transaction_id, ordinal, stream, revision, event_id, type, version, tenant, aggregate_type,
                      aggregate_id, occurred_at, recorded_at, causation_id, correlation_id, data)
  select written, e.place - 1, streams[e.stream], revisions[e.stream] + e.shift, e.id, e.type, e.version, e.tenant,
         e.aggregate_type, e.aggregate_id, e.occurred, recorded, e.causation, e.correlation, e.content
    from unnest(stream_of, offset_of, ids, types, versions, tenants, aggregate_types, aggregate_ids, occurred,
                causations, correlations, contents)
         with ordinality as e (stream, shift, id, type, version, tenant, aggregate_type, aggregate_id, occurred,
                               causation, correlation, content, place);
end $$;

-- Every event of a transaction below the result is visible to whoever looks after this function has answered; no event
-- will ever appear below it. Writers hold the marker before they have an id and until they are done, so that only they
-- hold readers back, not a backup or a long report in the same server.
create function horizon() returns xid8 language plpgsql set search_path from current as $$
declare
  snapshot pg_snapshot := pg_current_snapshot();
  next_id bigint := pg_snapshot_xmax(snapshot)::text::bigint;
  nameless boolean;
  oldest bigint;
begin
  if pg_snapshot_xmin(snapshot) = pg_snapshot_xmax(snapshot) then
    return pg_snapshot_xmax(snapshot);
  end if;
  -- Locks show the low 32 bits of an id. Those in flight lie less than 2^31 from the next one: a distance above that is
  -- an id given since the snapshot was taken, which is not below it.
  select coalesce(bool_or(age.distance is null), false),
         min(next_id - age.distance) filter (where age.distance < 2147483648)
    into nameless, oldest
    from pg_locks marker
    left join pg_locks id
      on id.virtualtransaction = marker.virtualtransaction and id.locktype = 'transactionid'
         and id.mode = 'ExclusiveLock' and id.granted
    cross join lateral (select (next_id - id.transactionid::text::bigint) & 4294967295 as distance) age
   where marker.locktype = 'advisory' and marker.classid = 1382369392 and marker.objid = 0
     and marker.objsubid = 2 and marker.granted
     and marker.database = (select oid from pg_database where datname = current_database());
  -- A writer that is about to get its id may have any: then only the snapshot is certain.
  if nameless then
    return pg_snapshot_xmin(snapshot);
  end if;
  return least(oldest, next_id)::text::xid8;
end $$;
