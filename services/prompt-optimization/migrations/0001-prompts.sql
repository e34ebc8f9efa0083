-- Versions of a prompt never change; a label says which one is meant.
create table prompt_versions (
  tenant text not null,
  prompt text not null,
  version int not null,
  digest text not null,
  content jsonb not null,
  note text,
  score jsonb,
  created_at timestamptz not null,
  primary key (tenant, prompt, version),
  unique (tenant, prompt, digest)
);

create table prompt_labels (
  tenant text not null,
  prompt text not null,
  label text not null,
  version int not null,
  set_at timestamptz not null,
  primary key (tenant, prompt, label),
  foreign key (tenant, prompt, version) references prompt_versions (tenant, prompt, version)
);
