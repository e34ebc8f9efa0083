import { defineAgent } from '../domain-agent.ts';
import { choices, named, percent } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { id, number, oneOf, words } from '../schema.ts';

export const portfolio = defineAgent({
  agentId: 'portfolio',
  title: 'Portfolio',
  weight: 6,
  lexicon: {
    portfolio: 'portfolio | holdings | positions | depot ~ bag',
    performance: 'performance | return | gain and loss | development ~ scoreboard',
    rebalance: 'rebalance | realign | bring back in line | even out ~ reshuffle',
    allocation: 'allocation | asset mix | weighting | split ~ pie',
    target: 'target | goal | desired share ~ north star',
    hedge: 'hedge | protect | insure | shield ~ bubble-wrap',
    compare: 'compare | measure | benchmark | hold up ~ stack up',
    drawdown: 'losses | a drop | downside | falling markets ~ carnage',
    analyst: 'adviser | analyst | portfolio manager | specialist ~ guru',
  },
  slots: {
    period: choices('Over which period?', {
      month: 'this month | the last four weeks',
      year: 'this year | year to date | since january',
      all: 'since the beginning | all time | since inception',
    }),
    asset: choices('Which asset class?', {
      equities: 'equities | stocks | shares',
      bonds: 'bonds | fixed income | debentures',
      gold: 'gold | precious metals | bullion',
    }),
    percent: percent([5, 10, 20, 25, 30, 40, 60]),
    index: named('Against which index?', ['NORDIC30', 'EURO50', 'GLOBAL100', 'PACIFIC40']),
  },
  limits: { drift: [8, 4], volatility: [25, 18] },
  facts: (draw) => ({
    portfolio: {
      id: draw.id('PF'),
      drift_percent: draw.integer(0, 20),
      volatility: draw.integer(5, 40),
      mandate: draw.oneOf('advisory', 'discretionary', 'discretionary'),
    },
  }),
  tools: {
    get_performance: {
      about: 'Reads a portfolio’s performance.',
      ms: 120,
      parameters: { portfolio_id: id('PF'), period: oneOf('month', 'year', 'all') },
    },
    get_allocation: { about: 'Reads a portfolio’s allocation.', ms: 60, parameters: { portfolio_id: id('PF') } },
    rebalance_portfolio: {
      about: 'Rebalances a portfolio to its targets.',
      ms: 900,
      failing: 0.07,
      parameters: { portfolio_id: id('PF') },
    },
    propose_rebalancing: {
      about: 'Proposes a rebalancing to the owner of an advisory mandate.',
      ms: 200,
      parameters: { portfolio_id: id('PF') },
    },
    set_target: {
      about: 'Sets the target share of an asset class.',
      ms: 80,
      parameters: { portfolio_id: id('PF'), asset: oneOf('equities', 'bonds', 'gold'), percent: number(0, 100) },
    },
    hedge_portfolio: {
      about: 'Buys protection against losses.',
      ms: 500,
      parameters: { portfolio_id: id('PF'), strength: oneOf('light', 'strong') },
    },
    compare_to_index: {
      about: 'Compares a portfolio with an index.',
      ms: 250,
      parameters: { portfolio_id: id('PF'), index: words },
    },
  },
  intents: {
    performance: {
      weight: 6,
      phrases: [
        '{what_is} the {performance} of my {portfolio} [<period>]',
        '{show} {portfolio} {performance} <period>',
        'how did the {portfolio} do <period>',
      ],
      rules: [{ tool: 'get_performance', with: { portfolio_id: fact('portfolio.id'), period: said('period') } }],
    },
    allocation: {
      weight: 4,
      phrases: [
        '{show} the {allocation} of the {portfolio}',
        '{what_is} my current {allocation}',
        '{portfolio} {allocation}',
      ],
      rules: [{ tool: 'get_allocation', with: { portfolio_id: fact('portfolio.id') } }],
    },
    rebalance: {
      weight: 5,
      phrases: [
        '{want} {rebalance} the {portfolio}',
        '{rebalance} it',
        'the {allocation} is off, {rebalance} the {portfolio}',
      ],
      rules: [
        { when: ({ number: of, limit }) => of('portfolio.drift_percent') < limit('drift'), tool: null },
        {
          when: ({ fact: of }) => of('portfolio.mandate') === 'advisory',
          tool: 'propose_rebalancing',
          with: { portfolio_id: fact('portfolio.id') },
        },
        { tool: 'rebalance_portfolio', with: { portfolio_id: fact('portfolio.id') } },
      ],
    },
    target: {
      weight: 4,
      phrases: [
        'set the {target} for <asset> to <percent>',
        '{want} {change} the {target} of <asset> [to <percent>]',
        '<percent> <asset> as {target}',
      ],
      rules: [
        {
          tool: 'set_target',
          with: { portfolio_id: fact('portfolio.id'), asset: said('asset'), percent: said('percent') },
        },
      ],
    },
    hedge: {
      weight: 3,
      phrases: [
        '{hedge} my {portfolio} [against {drawdown}]',
        '{want} {hedge} against {drawdown}',
        'afraid of {drawdown}, {hedge} the {portfolio}',
      ],
      rules: [
        {
          when: ({ number: of, limit }) => of('portfolio.volatility') > limit('volatility'),
          tool: 'hedge_portfolio',
          with: { portfolio_id: fact('portfolio.id'), strength: always('strong') },
        },
        { tool: 'hedge_portfolio', with: { portfolio_id: fact('portfolio.id'), strength: always('light') } },
      ],
    },
    compare: {
      weight: 3,
      phrases: [
        '{compare} the {portfolio} with <index>',
        '{want} {compare} my {performance} [to <index>]',
        '{portfolio} versus <index>',
      ],
      rules: [{ tool: 'compare_to_index', with: { portfolio_id: fact('portfolio.id'), index: said('index') } }],
    },
  },
  vague: [
    { phrases: ['how does the {portfolio} look', 'my {portfolio}'], readings: ['performance', 'allocation'] },
    { phrases: ['worried about the {portfolio} mix'], readings: ['rebalance', 'hedge'] },
  ],
});
