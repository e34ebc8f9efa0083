-- Who may call, as whom, to do what. A secret is kept as its SHA-256 only: it is 256 random bits, so nothing slower is
-- needed to withstand guessing.
create table api_keys (
  id          text primary key check (id ~ '^[a-z0-9]{12}$'),
  tenant      text not null,
  name        text not null,
  secret_hash bytea not null check (octet_length(secret_hash) = 32),
  scopes      text[] not null,
  -- May act for the tenant that a request names: for the services themselves.
  any_tenant  boolean not null default false,
  created_at  timestamptz not null,
  expires_at  timestamptz,
  revoked_at  timestamptz
);
create index api_keys_tenant on api_keys (tenant, created_at desc);
