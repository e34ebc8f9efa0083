-- The log that every reader of this schema follows, known by its first event. Checkpoints and the hash chain are places in
-- this log and in no other.
create table followed_log (
  only_one boolean primary key default true check (only_one),
  stream   text not null,
  event_id uuid not null
);
