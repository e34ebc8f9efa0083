-- Tenants as their streams in the log tell them. A tenant that has keys was in use before tenants were recorded: it is
-- here from the start, without an event (revision -1), and gets one with the first command it receives.
create table tenants (
  id         text primary key,
  name       text,
  state      text not null check (state in ('active', 'suspended', 'deleted')),
  quotas     jsonb not null,
  -- The last event of the tenant's stream that this row has taken in.
  revision   bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
insert into tenants (id, state, quotas, revision, created_at, updated_at)
select tenant, 'active',
       '{"decisions_per_second": null, "predictions_per_second": null, "stored_rows": null, "training_runs_per_day": null}',
       -1, min(created_at), min(created_at)
  from api_keys group by tenant;

-- Requests a second; null: as the platform's configuration says.
alter table api_keys add column requests_per_second double precision;

-- The first key of all was made by the platform for whoever started it, before anybody could ask for one: it goes on
-- operating the platform. Other keys of scope admin administer their tenant and nothing else.
update api_keys set scopes = scopes || '{platform:operate}'
 where name = 'bootstrap' and 'admin' = any(scopes)
   and id = (select id from api_keys order by created_at, id limit 1);
