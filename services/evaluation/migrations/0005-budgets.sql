-- What may be spent at the teacher: a fold of BUDGETS_SET.
create table budgets (
  tenant           text not null,
  subject          text not null,
  budgets          jsonb not null,
  set_at           timestamptz not null,
  -- Where in the log the event stands that set them last: an earlier one changes nothing.
  commit_position  numeric(20) not null,
  prepare_position numeric(20) not null,
  primary key (tenant, subject)
);

-- What gateways told of it: a measurement.
create table spending (
  tenant   text not null,
  day      date not null,
  key_id   text not null,
  currency text not null,
  tokens   double precision not null,
  amount   double precision not null,
  primary key (tenant, day, key_id, currency)
);
