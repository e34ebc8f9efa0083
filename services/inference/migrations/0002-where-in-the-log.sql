-- Where in the log the event stands that put this version there. The bus may deliver an older one again: a dead letter that
-- is replayed, a batch of the relay that was sent twice.
alter table serving
  add column commit_position numeric(20) not null default 0,
  add column prepare_position numeric(20) not null default 0;
