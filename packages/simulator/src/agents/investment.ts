import { defineAgent } from '../domain-agent.ts';
import { choices, counted, money, named } from '../language/slots.ts';
import { fact, said } from '../rules.ts';
import { amount, id, integer, oneOf, words } from '../schema.ts';

export const investment = defineAgent({
  agentId: 'investment',
  title: 'Investment',
  weight: 8,
  lexicon: {
    buy: 'buy | purchase | acquire | pick up ~ ape into | load up on',
    sell: 'sell | unload | dispose of | get rid of | exit ~ dump | offload',
    price: 'price | quote | market price | trading price ~ ticker number',
    stock: 'stock | share price | security | paper ~ name',
    plan: 'savings plan | monthly plan | regular investment | standing investment ~ autopilot plan',
    invest: 'invest | put away | set aside ~ stash',
    appetite: 'risk profile | risk appetite | suitability | investor profile ~ risk mood',
    suggest: 'suggest | recommend | propose | advise on ~ hook me up with',
    idea: 'investment idea | product | fund | opportunity ~ play',
    order: 'order | open order | pending order | instruction ~ ticket',
  },
  slots: {
    ticker: named('Which security?', ['ACME', 'BOLT', 'CRUX', 'DYNE', 'ECHO', 'FLUX', 'GRID', 'HALO', 'IRIS', 'JADE']),
    shares: counted('shares', [5, 10, 25, 50, 100, 200, 500]),
    amount: money(50, 2_000),
    theme: choices('Which theme?', {
      green: 'green energy | climate | sustainable assets',
      tech: 'technology | software companies | chips',
      income: 'dividends | steady income | bonds',
    }),
  },
  limits: { order: [100_000, 40_000] },
  facts: (draw) => ({
    customer: draw.customer(),
    depot: {
      id: draw.id('DP'),
      cash: draw.money(500, 300_000),
      suitability: draw.oneOf('cautious', 'balanced', 'balanced', 'bold', 'missing'),
    },
    order: { id: draw.id('OR'), value: draw.money(1_000, 400_000) },
  }),
  tools: {
    get_quote: { about: 'Reads the current price of a security.', ms: 25, parameters: { symbol: words } },
    place_buy_order: {
      about: 'Buys shares.',
      ms: 180,
      failing: 0.06,
      parameters: { depot_id: id('DP'), symbol: words, shares: integer(1, 100_000) },
    },
    place_sell_order: {
      about: 'Sells shares.',
      ms: 180,
      failing: 0.06,
      parameters: { depot_id: id('DP'), symbol: words, shares: integer(1, 100_000) },
    },
    cancel_order: { about: 'Cancels an open order.', ms: 90, parameters: { order_id: id('OR') } },
    ask_dealer: {
      about: 'Asks a dealer to handle a large order by hand.',
      ms: 60,
      parameters: { order_id: id('OR'), value: amount },
    },
    create_savings_plan: {
      about: 'Invests an amount every month.',
      ms: 160,
      parameters: { depot_id: id('DP'), amount },
    },
    start_suitability_check: {
      about: 'Asks the customer for an investor profile.',
      ms: 110,
      parameters: { customer_id: id('CU') },
    },
    recommend_product: {
      about: 'Recommends a product for a theme.',
      ms: 700,
      parameters: {
        customer_id: id('CU'),
        theme: oneOf('green', 'tech', 'income'),
        suitability: oneOf('cautious', 'balanced', 'bold'),
      },
    },
  },
  intents: {
    quote: {
      weight: 6,
      phrases: [
        '{what_is} the {price} of <ticker>',
        '{show} the <ticker> {price}',
        '{want} {check} how <ticker> {stock} trades',
      ],
      rules: [{ tool: 'get_quote', with: { symbol: said('ticker') } }],
    },
    buy: {
      weight: 5,
      phrases: [
        '{want} {buy} <shares> of <ticker>',
        '{buy} <ticker> [<shares>]',
        '{buy} <shares> <ticker> {stock} for the {client}',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('depot.suitability') === 'missing',
          tool: 'start_suitability_check',
          with: { customer_id: fact('customer.id') },
        },
        {
          tool: 'place_buy_order',
          with: { depot_id: fact('depot.id'), symbol: said('ticker'), shares: said('shares') },
        },
      ],
    },
    sell: {
      weight: 4,
      phrases: [
        '{want} {sell} <shares> of <ticker>',
        '{sell} my <ticker> {stock} [<shares>]',
        '{sell} <shares> <ticker>',
      ],
      rules: [
        {
          tool: 'place_sell_order',
          with: { depot_id: fact('depot.id'), symbol: said('ticker'), shares: said('shares') },
        },
      ],
    },
    order: {
      weight: 4,
      phrases: ['{stop} the {order}', '{want} {stop} my {order} [right away]', 'the {order} is wrong, {stop} it'],
      rules: [
        {
          when: ({ number, limit }) => number('order.value') > limit('order'),
          tool: 'ask_dealer',
          with: { order_id: fact('order.id'), value: fact('order.value') },
        },
        { tool: 'cancel_order', with: { order_id: fact('order.id') } },
      ],
    },
    plan: {
      weight: 3,
      phrases: [
        '{want} {invest} <amount> every month',
        'start a {plan} [with <amount>]',
        '{make} a {plan} [over <amount>]',
      ],
      rules: [{ tool: 'create_savings_plan', with: { depot_id: fact('depot.id'), amount: said('amount') } }],
    },
    suitability: {
      weight: 2,
      phrases: ['{change} my {appetite}', 'the {appetite} of the {client} is out of date', '{check} the {appetite}'],
      rules: [{ tool: 'start_suitability_check', with: { customer_id: fact('customer.id') } }],
    },
    idea: {
      weight: 3,
      phrases: ['{suggest} an {idea} [in <theme>]', 'which {idea} fits me [<theme>]', '{want} an {idea} about <theme>'],
      rules: [
        {
          when: ({ fact: of }) => of('depot.suitability') === 'missing',
          tool: 'start_suitability_check',
          with: { customer_id: fact('customer.id') },
        },
        {
          tool: 'recommend_product',
          with: { customer_id: fact('customer.id'), theme: said('theme'), suitability: fact('depot.suitability') },
        },
      ],
    },
  },
  vague: [
    { phrases: ['should I do something with <ticker>', 'thinking about <ticker>'], readings: ['quote', 'sell'] },
    { phrases: ['what about a {plan} or an {idea}'], readings: ['idea', 'plan'] },
  ],
});
