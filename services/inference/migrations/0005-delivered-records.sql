-- Records of the spool that were added here: one that is delivered again changes nothing.
create table delivered_records (
  id           uuid primary key,
  delivered_at timestamptz not null default now()
);
create index delivered_records_by_age on delivered_records (delivered_at);
