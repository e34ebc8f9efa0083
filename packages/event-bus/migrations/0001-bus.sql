-- Where each partition stands. Publishing updates its rows in (topic, partition) order; the row lock it holds until it
-- commits makes offsets gapless and visible in their order.
create table partitions (
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  primary key (topic, partition)
) with (fillfactor = 50);

create table messages (
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text not null,
  attributes json not null,
  data text not null,
  published_at timestamptz not null default now(),
  primary key (topic, partition, "offset")
);

-- How far each group is, and who of its members works on the partition until when.
create table group_partitions (
  "group" text not null,
  topic text not null,
  partition integer not null,
  -- of the next message to handle
  position bigint not null,
  owner uuid,
  leased_until timestamptz,
  primary key ("group", topic, partition)
) with (fillfactor = 50);

create table members (
  "group" text not null,
  member uuid not null,
  topics text[] not null,
  expires_at timestamptz not null,
  primary key ("group", member)
);

create table dead_letters (
  id bigint generated always as identity primary key,
  "group" text not null,
  topic text not null,
  partition integer not null,
  "offset" bigint not null,
  key text not null,
  attributes json not null,
  data text not null,
  error text not null,
  attempts integer not null,
  failed_at timestamptz not null default now()
);
create index on dead_letters ("group", id);

-- One member's heartbeat: it stays a member, keeps what it holds, and takes what nobody holds up to its fair share of
-- each topic. Returns all it holds. Members of a group take turns here, so that no partition has two owners.
create function join_group(group_name text, member_id uuid, member_topics text[], lease interval)
returns table (held_topic text, held_partition integer, held_position bigint, share integer)
language plpgsql set search_path from current as $$
declare
  moment timestamptz;
begin
  perform pg_advisory_xact_lock(1382369393, hashtext(group_name));
  moment := clock_timestamp();
  delete from members m where m."group" = group_name and m.expires_at < moment and m.member <> member_id;
  insert into members values (group_name, member_id, member_topics, moment + lease)
    on conflict ("group", member) do update set topics = excluded.topics, expires_at = excluded.expires_at;
  update group_partitions g set leased_until = moment + lease where g."group" = group_name and g.owner = member_id;
  update group_partitions g set owner = member_id, leased_until = moment + lease
    from (
      select free.topic, free.partition, row_number() over (partition by free.topic order by free.partition) as place,
             shares.size - (select count(*) from group_partitions own
                             where own."group" = group_name and own.topic = free.topic and own.owner = member_id) as room
        from group_partitions free
        join lateral (
          select ceil((select count(*) from group_partitions t where t."group" = group_name and t.topic = free.topic)
                      / (select count(*) from members m where m."group" = group_name and free.topic = any (m.topics))
                      ::numeric)::integer as size
        ) shares on true
       where free."group" = group_name and free.topic = any (member_topics)
         and (free.owner is null or free.leased_until < moment)
    ) claim
   where g."group" = group_name and g.topic = claim.topic and g.partition = claim.partition and claim.place <= claim.room;
  return query
    select g.topic, g.partition, g.position,
           ceil((select count(*) from group_partitions t where t."group" = group_name and t.topic = g.topic)
                / (select count(*) from members m where m."group" = group_name and g.topic = any (m.topics))
                ::numeric)::integer
      from group_partitions g where g."group" = group_name and g.owner = member_id
     order by g.topic, g.partition;
end $$;
