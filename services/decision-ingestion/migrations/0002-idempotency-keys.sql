-- Which request an Idempotency-Key stands for. Like the id of a decision it keeps its meaning for ever.
create table idempotency_keys (
  tenant     text not null,
  key        text not null,
  -- Of the request: its path, its form, its body.
  digest     text not null,
  -- A request that was answered with success holds its key for good; one that was refused gives it back.
  answered   boolean not null default false,
  -- Until then the request counts as under way, whether its process lives or not; null when it is not.
  busy_until timestamptz,
  primary key (tenant, key)
);
