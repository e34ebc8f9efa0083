-- The keys that the data of subjects are encrypted with, wrapped with their tenant's. They follow from nothing: with one lost, what
-- it encrypts is lost. A key that was destroyed keeps its row, without the key.
create table data_keys (
  id           uuid primary key,
  tenant       text not null,
  -- A pseudonym: which subject it is, only the tenant's key tells.
  subject      text not null,
  wrapped      bytea,
  created_at   timestamptz not null default now(),
  destroyed_at timestamptz
);
-- A subject has one living key.
create unique index data_keys_of_subject on data_keys (tenant, subject) where wrapped is not null;
-- Wrapped once, unwrapped at every start: a start with another key is refused.
create table key_check (
  only_one boolean primary key default true check (only_one),
  wrapped  bytea not null
);
