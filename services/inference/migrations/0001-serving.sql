-- Every version that was ever deployed: a roll-back names its version only.
create table deployed_versions (
  tenant text not null,
  model text not null,
  model_version text not null,
  artifact text not null,
  deployed_at timestamptz not null,
  primary key (tenant, model, model_version)
);

-- What should serve. No version: the teacher answers everything.
create table serving (
  tenant text not null,
  model text not null,
  model_version text,
  artifact text,
  since timestamptz not null,
  event_id text not null,
  primary key (tenant, model)
);

-- Who answered how often, a row per day and model.
create table usage (
  tenant text not null,
  day date not null,
  model text not null,
  student_calls bigint not null default 0,
  teacher_calls bigint not null default 0,
  abstentions bigint not null default 0,
  student_seconds double precision not null default 0,
  teacher_prompt_tokens bigint not null default 0,
  teacher_completion_tokens bigint not null default 0,
  primary key (tenant, day, model)
);
