-- What a tenant says that models cost: a fold of PRICES_SET. Of a model without a row the defaults hold.
create table prices (
  tenant           text not null,
  model            text not null,
  prices           jsonb not null,
  set_at           timestamptz not null,
  -- Where in the log the event stands that set them last: an earlier one changes nothing.
  commit_position  numeric(20) not null,
  prepare_position numeric(20) not null,
  primary key (tenant, model)
);
