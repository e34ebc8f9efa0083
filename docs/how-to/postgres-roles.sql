-- A role for each service, that reads and writes its own schema and what all share, and no other service's. For the database that
-- this is run in, by a superuser, before the platform's first start or after it: done again, it changes nothing.
-- Passwords are for you to set: alter role retort_curation password '…';
do $$
declare
  service text;
  shared text;
  thing record;
begin
  -- Owns what all services share: keys, tenants, data keys, and the log and the bus where they are in Postgres.
  if to_regrole('retort_access') is null then create role retort_access nologin; end if;
  foreach shared in array array['access', 'privacy', 'event_store', 'event_bus'] loop
    execute format('create schema if not exists %I', shared);
    execute format('alter schema %I owner to retort_access', shared);
  end loop;
  foreach service in array array[
    'curation',
    'data_catalog',
    'decision_ingestion',
    'evaluation',
    'event_projection',
    'gateway',
    'inference',
    'prompt_optimization',
    'training_orchestration'
  ] loop
    if to_regrole('retort_' || service) is null then
      execute format('create role %I login in role retort_access', 'retort_' || service);
    end if;
    execute format('create schema if not exists %I', service);
    execute format('alter schema %I owner to %I', service, 'retort_' || service);
    -- A rebuild makes its tables in a schema of its own first.
    execute format('grant create on database %I to %I', current_database(), 'retort_' || service);
  end loop;
  -- What a start before this has made belongs to whoever owns its schema.
  for thing in
    select format('alter table %I.%I owner to %I', n.nspname, c.relname, pg_get_userbyid(n.nspowner)) as change
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v') and c.relowner <> n.nspowner and pg_get_userbyid(n.nspowner) like 'retort\_%'
    union all
    select format('alter routine %s owner to %I', p.oid::regprocedure, pg_get_userbyid(n.nspowner))
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where p.proowner <> n.nspowner and pg_get_userbyid(n.nspowner) like 'retort\_%'
  loop
    execute thing.change;
  end loop;
end $$;
