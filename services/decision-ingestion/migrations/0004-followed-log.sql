-- The log to which the identities belong, known by its first event: which ids another log holds they cannot tell.
create table followed_log (
  only_one boolean primary key default true check (only_one),
  stream   text not null,
  event_id uuid not null
);
