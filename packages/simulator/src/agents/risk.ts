import { defineAgent } from '../domain-agent.ts';
import { choices, percent, reference } from '../language/slots.ts';
import { always, either, fact, said } from '../rules.ts';
import { amount, id, number, oneOf } from '../schema.ts';

export const risk = defineAgent({
  agentId: 'risk',
  title: 'Risk',
  weight: 8,
  lexicon: {
    score: 'risk score | credit score | rating | grade ~ risk vibe | scoring number',
    assess: 'assess | evaluate | rate | score | work out ~ size up',
    exposure: 'exposure | open position | total commitment | what we have at stake ~ skin in the game',
    limit: 'limit | ceiling | cap | maximum line ~ guard rail',
    stress: 'stress test | shock scenario | what-if analysis | scenario run ~ doomsday run',
    collateral: 'collateral | security | pledge | guarantee ~ backing',
    revalue: 'revalue | reappraise | price again | update the value of ~ re-mark',
    watch: 'watch list | watchlist | special monitoring | observation list ~ naughty list',
    counterparty: 'counterparty | borrower | debtor | obligor ~ other side',
  },
  slots: {
    scenario: choices('Which scenario?', {
      rates_up: 'rates going up | a rate hike | higher interest',
      recession: 'a recession | a deep downturn | an economic slump',
      housing: 'falling house prices | a housing crash | a property slump',
    }),
    percent: percent([5, 10, 15, 20, 25, 30]),
    other: reference('CP', { question: 'Which counterparty?' }),
  },
  limits: { exposure: [500_000, 250_000], score: [40, 55] },
  facts: (draw) => ({
    counterparty: {
      id: draw.id('CP'),
      score: draw.integer(5, 95),
      sector: draw.oneOf('retail', 'energy', 'housing', 'tech'),
      exposure: draw.money(20_000, 2_000_000),
    },
    collateral: { id: draw.id('CO'), value: draw.money(50_000, 900_000) },
  }),
  tools: {
    compute_risk_score: {
      about: 'Computes a counterparty’s risk score.',
      ms: 350,
      parameters: { counterparty_id: id('CP') },
    },
    get_exposure: {
      about: 'Adds up the exposure to a counterparty.',
      ms: 80,
      parameters: { counterparty_id: id('CP') },
    },
    raise_limit: {
      about: 'Raises a counterparty’s limit.',
      ms: 140,
      parameters: { counterparty_id: id('CP'), percent: number(0, 100) },
    },
    request_committee: {
      about: 'Puts a case before the risk committee.',
      ms: 60,
      parameters: { counterparty_id: id('CP'), exposure: amount, ground: oneOf('exposure', 'score') },
    },
    run_stress_test: {
      about: 'Runs a stress test on the book.',
      ms: 2400,
      failing: 0.09,
      parameters: {
        scenario: oneOf('rates_up', 'recession', 'housing'),
        sector: oneOf('retail', 'energy', 'housing', 'tech'),
      },
    },
    revalue_collateral: { about: 'Values a collateral anew.', ms: 500, parameters: { collateral_id: id('CO') } },
    add_to_watch_list: {
      about: 'Puts a counterparty under observation.',
      ms: 70,
      parameters: { counterparty_id: id('CP'), score: number(0, 100) },
    },
  },
  intents: {
    score: {
      weight: 6,
      phrases: [
        '{want} {assess} the {counterparty}',
        '{what_is} the {score} of the {counterparty}',
        'compute a fresh {score} [for <other>]',
      ],
      rules: [
        { tool: 'compute_risk_score', with: { counterparty_id: either(said('other'), fact('counterparty.id')) } },
      ],
    },
    exposure: {
      weight: 5,
      phrases: [
        '{show} our {exposure} to the {counterparty}',
        'how big is the {exposure} [to this {counterparty}]',
        'total {exposure}',
      ],
      rules: [{ tool: 'get_exposure', with: { counterparty_id: fact('counterparty.id') } }],
    },
    limit: {
      weight: 4,
      phrases: [
        '{want} raise the {limit} by <percent>',
        'increase the {counterparty} {limit} [by <percent>]',
        'the {counterparty} needs a higher {limit} [plus <percent>]',
      ],
      rules: [
        {
          when: ({ number: of, limit }) => of('counterparty.exposure') > limit('exposure'),
          tool: 'request_committee',
          with: {
            counterparty_id: fact('counterparty.id'),
            exposure: fact('counterparty.exposure'),
            ground: always('exposure'),
          },
        },
        {
          when: ({ number: of, limit }) => of('counterparty.score') < limit('score'),
          tool: 'request_committee',
          with: {
            counterparty_id: fact('counterparty.id'),
            exposure: fact('counterparty.exposure'),
            ground: always('score'),
          },
        },
        { tool: 'raise_limit', with: { counterparty_id: fact('counterparty.id'), percent: said('percent') } },
      ],
    },
    stress: {
      weight: 4,
      phrases: [
        'run a {stress} [for <scenario>]',
        '{want} {assess} the book under <scenario>',
        '{stress} with <scenario>',
      ],
      rules: [{ tool: 'run_stress_test', with: { scenario: said('scenario'), sector: fact('counterparty.sector') } }],
    },
    collateral: {
      weight: 3,
      phrases: [
        '{revalue} the {collateral}',
        '{want} {revalue} this {collateral} [of the {counterparty}]',
        'is the {collateral} value still right',
      ],
      rules: [{ tool: 'revalue_collateral', with: { collateral_id: fact('collateral.id') } }],
    },
    watch: {
      weight: 3,
      phrases: [
        'put the {counterparty} on the {watch}',
        '{want} the {counterparty} under {watch}',
        '{watch} candidate',
      ],
      rules: [
        {
          tool: 'add_to_watch_list',
          with: { counterparty_id: fact('counterparty.id'), score: fact('counterparty.score') },
        },
      ],
    },
  },
  vague: [
    { phrases: ['how risky is the {exposure}', 'the {counterparty} numbers'], readings: ['exposure', 'score'] },
    { phrases: ['keep an eye on the {counterparty} {limit}'], readings: ['watch', 'limit'] },
  ],
});
