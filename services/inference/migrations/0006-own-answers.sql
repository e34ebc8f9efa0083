-- What the platform answered itself, by digests: no evidence of the teacher, whoever reports it. `probability` is that of audits.
create table own_answers (
  tenant text not null,
  kind text not null,
  key text not null,
  at timestamptz not null,
  probability double precision,
  primary key (tenant, kind, key)
);
