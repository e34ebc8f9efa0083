-- When a measurement was known here; it was taken at `measured_at`.
alter table model_metrics add column recorded_at timestamptz;
update model_metrics set recorded_at = measured_at;
alter table model_metrics alter column recorded_at set default now(), alter column recorded_at set not null;

-- Rows of cost_analysis as they came to be known: a day's counts grow, and what they cost depends on the prices of the
-- moment. Added to, never changed.
create table cost_rows (
  tenant      text not null,
  day         date not null,
  model       text not null,
  recorded_at timestamptz not null,
  row         jsonb not null,
  primary key (tenant, day, model, recorded_at)
);
