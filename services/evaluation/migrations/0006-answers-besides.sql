-- What gateways told of answers that are no decisions: a measurement, for the ledger.
create table answers_besides (
  tenant       text not null,
  day          date not null,
  agent_id     text not null,
  -- Empty where there was no price.
  currency     text not null,
  price_source text not null,
  basis        text not null,
  answers      bigint not null,
  amount       double precision not null,
  primary key (tenant, day, agent_id, currency, price_source, basis)
);
