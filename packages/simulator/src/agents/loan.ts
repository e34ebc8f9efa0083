import { defineAgent } from '../domain-agent.ts';
import { choices, money, months, percent } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { amount, id, integer, number, oneOf } from '../schema.ts';

export const loan = defineAgent({
  agentId: 'loan',
  title: 'Loan',
  weight: 10,
  lexicon: {
    loan: 'loan | credit | borrowing | financing ~ facility | lending line',
    owe: 'owe | still owe | outstanding | left to pay | remaining ~ on the hook for',
    repay: 'pay off | settle | clear | repay in full | close out ~ zero out | wipe out',
    skip: 'skip | pause | defer | postpone | put off ~ snooze | push back',
    instalment: 'instalment | monthly payment | next payment | repayment ~ monthly hit',
    borrow: 'borrow | take out | apply for | get ~ grab | tap into',
    rate: 'interest rate | rate | pricing | interest ~ apr',
    approve: 'approve | sign off | give the green light to | clear for payout ~ greenlight | rubber-stamp',
    application: 'application | loan file | request | case ~ ticket',
    longer: 'extend | stretch | lengthen | spread over a longer period ~ drag out',
  },
  slots: {
    amount: money(1_000, 60_000),
    term: months([12, 24, 36, 48, 60]),
    rate: percent([3.5, 4, 4.5, 5, 6]),
    reason: choices('What is the reason?', {
      unemployment: 'lost my job | out of work | was laid off | redundancy',
      illness: 'ill | in hospital | sick leave | medical reasons',
      family: 'new baby | divorce | a family emergency',
    }),
  },
  limits: { approval: [20_000, 10_000], arrears: [60, 30] },
  facts: (draw) => ({
    customer: draw.customer(),
    loan: {
      id: draw.id('LN'),
      balance: draw.money(800, 50_000),
      days_in_arrears: draw.chance(0.65) ? 0 : draw.integer(5, 120),
      product: draw.oneOf('personal', 'car', 'mortgage'),
    },
    application: { id: draw.id('AP'), amount: draw.money(2_000, 100_000), complete: draw.chance(0.8) },
  }),
  tools: {
    get_loan_balance: { about: 'Reads what is still owed on a loan.', ms: 40, parameters: { loan_id: id('LN') } },
    quote_early_repayment: {
      about: 'Quotes what paying a loan off now would cost.',
      ms: 120,
      parameters: { loan_id: id('LN'), product: oneOf('personal', 'car', 'mortgage') },
    },
    defer_instalment: {
      about: 'Grants a payment holiday for hardship.',
      ms: 200,
      failing: 0.05,
      parameters: { loan_id: id('LN'), reason: oneOf('unemployment', 'illness', 'family') },
    },
    refer_to_collections: {
      about: 'Hands a loan in arrears to collections.',
      ms: 150,
      parameters: { loan_id: id('LN'), days_in_arrears: integer(1, 1000) },
    },
    open_application: {
      about: 'Opens a loan application.',
      ms: 250,
      failing: 0.06,
      parameters: { customer_id: id('CU'), amount, 'term_months?': integer(1, 480) },
    },
    approve_application: {
      about: 'Approves a loan application within the limit.',
      ms: 180,
      parameters: { application_id: id('AP'), amount },
    },
    escalate_application: {
      about: 'Sends a loan application to the credit committee.',
      ms: 90,
      parameters: { application_id: id('AP'), reason: oneOf('over_limit', 'incomplete') },
    },
    change_rate: {
      about: 'Sets a new interest rate on a loan.',
      ms: 160,
      parameters: { loan_id: id('LN'), rate_percent: number(0, 30) },
    },
  },
  intents: {
    balance: {
      weight: 6,
      phrases: [
        'how much do I {owe} on my {loan}',
        '{show} what is {owe} on the {loan}',
        '{what_is} the balance of my {loan}',
        '{loan} balance [for the {client}]',
      ],
      rules: [{ tool: 'get_loan_balance', with: { loan_id: fact('loan.id') } }],
    },
    repay: {
      weight: 4,
      phrases: [
        '{want} {repay} my {loan} [early]',
        'what would it cost to {repay} the {loan}',
        '{loan} early settlement figure',
      ],
      rules: [{ tool: 'quote_early_repayment', with: { loan_id: fact('loan.id'), product: fact('loan.product') } }],
    },
    holiday: {
      weight: 4,
      phrases: [
        '{want} {skip} my {instalment} [because <reason>]',
        'I cannot pay the {instalment} this month [<reason>]',
        '{skip} the {instalment} for the {client} [reason <reason>]',
      ],
      rules: [
        {
          when: ({ number, limit }) => number('loan.days_in_arrears') > limit('arrears'),
          tool: 'refer_to_collections',
          with: { loan_id: fact('loan.id'), days_in_arrears: fact('loan.days_in_arrears') },
        },
        { tool: 'defer_instalment', with: { loan_id: fact('loan.id'), reason: said('reason') } },
      ],
    },
    borrow: {
      weight: 4,
      phrases: [
        '{want} {borrow} a {loan} [of <amount>] [over <term>]',
        '{client} wants to {borrow} <amount> [for <term>]',
        'new {loan} [for <amount>] [over <term>]',
      ],
      rules: [
        {
          tool: 'open_application',
          with: { customer_id: fact('customer.id'), amount: said('amount'), term_months: said('term') },
        },
      ],
    },
    approve: {
      weight: 4,
      phrases: [
        '{want} {approve} the {application}',
        '{approve} this {application} [for the {client}]',
        'the {application} is ready, {approve} it',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('application.complete') === false,
          tool: 'escalate_application',
          with: { application_id: fact('application.id'), reason: always('incomplete') },
        },
        {
          when: ({ number, limit }) => number('application.amount') > limit('approval'),
          tool: 'escalate_application',
          with: { application_id: fact('application.id'), reason: always('over_limit') },
        },
        {
          tool: 'approve_application',
          with: { application_id: fact('application.id'), amount: fact('application.amount') },
        },
      ],
    },
    rate: {
      weight: 3,
      phrases: [
        '{change} the {rate} to <rate>',
        'new {rate} of <rate> on the {loan}',
        '{want} {change} my {loan} {rate} [to <rate>]',
      ],
      rules: [{ tool: 'change_rate', with: { loan_id: fact('loan.id'), rate_percent: said('rate') } }],
    },
  },
  vague: [
    {
      phrases: ['I have a question about my {loan} and the money left', 'about finishing my {loan}'],
      readings: ['balance', 'repay'],
    },
    { phrases: ['the {instalment} is too high for me'], readings: ['holiday', 'rate'] },
  ],
});
