-- The log's hash chain in blocks: each block's hash covers the one before it and the leaves of its events.
create table chain_blocks (
  number           bigint primary key,
  -- The last event the block covers.
  commit_position  bigint not null,
  prepare_position bigint not null,
  event_ids        uuid[] not null,
  -- 32 bytes an event, in the order of event_ids.
  leaves           bytea not null,
  hash             bytea not null
);
