create table rebuilds (
  run_id      uuid primary key,
  state       text not null,
  created_at  timestamptz not null,
  finished_at timestamptz,
  fraction    double precision not null default 0,
  step        text not null,
  -- Tables compared at the same position of the log, before they were swapped.
  checksums   jsonb,
  error       jsonb
);
