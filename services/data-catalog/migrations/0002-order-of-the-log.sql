-- Versions in the order of the log, whichever way the catalog learnt of them. What it learnt of before stands before all else.
alter table versions
  add column commit_position numeric(20) not null default 0,
  add column prepare_position numeric(20) not null default 0;
update versions set prepare_position = sequence;
create index versions_in_log_order on versions (tenant, product, commit_position desc, prepare_position desc);
