-- Under which span of a trace an event was recorded (W3C `traceparent`); null where nobody traced. The function with seventeen
-- parameters stays for the release before this.
alter table events add column trace_parent text;

create function append_events(
  lock_keys integer[],
  streams text[],
  checked_streams integer[],
  checked_revisions bigint[],
  -- Of each kind; its stream by its place in `streams`.
  stream_of integer[],
  types text[],
  versions integer[],
  tenants text[],
  aggregate_types text[],
  aggregate_ids text[],
  -- Of each event; its kind by the kind's place, and its number among the group's events of its stream, from 1.
  kind_of integer[],
  offset_of integer[],
  ids uuid[],
  occurred text[],
  causations uuid[],
  correlations text[],
  contents json[],
  -- Of each event, or empty when none has one.
  trace_parents text[],
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
  -- Most groups expect nothing, and running a query to find nothing takes a tenth of a small group's time.
  if cardinality(checked_streams) > 0 and exists (
    select from unnest(checked_streams, checked_revisions) as checked (stream, revision)
    where revisions[checked.stream] <> checked.revision
  ) then
    return;
  end if;
  written := pg_current_xact_id();
  recorded := date_trunc('milliseconds', clock_timestamp());
  insert into events (transaction_id, ordinal, stream, revision, event_id, type, version, tenant, aggregate_type,
                      aggregate_id, occurred_at, recorded_at, causation_id, correlation_id, data,
                      trace_parent)
  select written, e.place - 1, streams[stream_of[e.kind]], revisions[stream_of[e.kind]] + e.shift, e.id, types[e.kind],
         versions[e.kind], tenants[e.kind], aggregate_types[e.kind], aggregate_ids[e.kind], e.occurred, recorded,
         e.causation, e.correlation, e.content, e.trace_parent
    from unnest(kind_of, offset_of, ids, occurred, causations, correlations, contents, trace_parents)
         with ordinality as e (kind, shift, id, occurred, causation, correlation, content, trace_parent, place);
end $$;
