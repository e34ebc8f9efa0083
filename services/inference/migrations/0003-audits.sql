-- Served answers that the teacher was asked for too, with the probability they were drawn with.
create table audits (
  id uuid primary key default gen_random_uuid(),
  tenant text not null,
  model text not null,
  model_version text not null,
  tool text,
  agent text,
  probability double precision not null,
  wrong boolean not null,
  audited_at timestamptz not null
);
create index audits_of_version on audits (tenant, model, model_version, audited_at desc);

-- What the audits of a version say against each of its slices.
create table slice_evidence (
  tenant text not null,
  model text not null,
  model_version text not null,
  slice_by text not null,
  -- Empty: no name.
  slice_name text not null,
  evidence jsonb not null,
  -- The e-value it was withdrawn at: G/δ. Absent while it is sound.
  needed double precision,
  withdrawn_at timestamptz,
  announced boolean not null default false,
  primary key (tenant, model, model_version, slice_by, slice_name)
);
create index slice_evidence_withdrawn on slice_evidence (tenant, model, model_version) where withdrawn_at is not null;
