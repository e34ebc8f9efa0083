import { defineAgent } from '../domain-agent.ts';
import { choices, money, reference } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { amount, id, oneOf } from '../schema.ts';

export const account = defineAgent({
  agentId: 'account',
  title: 'Account',
  weight: 12,
  lexicon: {
    balance: 'balance | how much money | available funds | account total ~ cash pile',
    account: 'account | checking account | current account | savings ~ pot',
    open: 'open | start | set up | get ~ spin up',
    close: 'close | shut | terminate | dissolve ~ kill off',
    statement: 'statement | account summary | monthly overview | bank statement ~ recap',
    overdraft: 'overdraft | credit line | dispo | negative balance allowance ~ wiggle room',
    move: 'move | shift | shuffle | push ~ slide',
    hold: 'hold | reserve | earmark | ring-fence ~ lock up',
    joint: 'co-owner | joint holder | second holder | authorised person ~ plus one',
  },
  slots: {
    kind: choices('Which kind of account?', {
      savings: 'for savings | to save up | a nest egg',
      current: 'for everyday use | for my salary | day-to-day',
      foreign: 'in a foreign currency | in yen | multi-currency',
    }),
    amount: money(100, 9_000),
    to: reference('AC', { after: 'to|into', question: 'To which account?' }),
    period: choices('For which period?', {
      month: 'last month | the previous month',
      quarter: 'last quarter | the past three months',
      year: 'last year | the whole year',
    }),
  },
  limits: { overdraft: [2_500, 1_000] },
  facts: (draw) => ({
    customer: draw.customer(),
    account: {
      id: draw.id('AC'),
      balance: draw.chance(0.3) ? 0 : draw.money(10, 40_000),
      salary: draw.money(900, 9_000),
      overdrawn: draw.chance(0.15),
    },
  }),
  tools: {
    get_balance: { about: 'Reads the balance of an account.', ms: 20, parameters: { account_id: id('AC') } },
    open_account: {
      about: 'Opens an account.',
      ms: 320,
      parameters: { customer_id: id('CU'), kind: oneOf('savings', 'current', 'foreign') },
    },
    close_account: { about: 'Closes an empty account.', ms: 240, failing: 0.06, parameters: { account_id: id('AC') } },
    sweep_balance: {
      about: 'Asks where the rest of the balance should go before closing.',
      ms: 80,
      parameters: { account_id: id('AC'), balance: amount },
    },
    get_statement: {
      about: 'Prepares an account statement.',
      ms: 420,
      parameters: { account_id: id('AC'), period: oneOf('month', 'quarter', 'year') },
    },
    set_overdraft: {
      about: 'Grants an overdraft.',
      ms: 160,
      parameters: { account_id: id('AC'), tier: oneOf('basic', 'extended') },
    },
    refuse_overdraft: { about: 'Refuses an overdraft with a letter.', ms: 90, parameters: { account_id: id('AC') } },
    move_between_accounts: {
      about: 'Moves money between a customer’s own accounts.',
      ms: 130,
      parameters: { from_account: id('AC'), to_account: id('AC'), amount },
    },
  },
  intents: {
    balance: {
      weight: 7,
      phrases: [
        '{what_is} the {balance} of my {account}',
        '{show} my {balance}',
        '{balance} [on the {account}]',
        '{want} {check} my {balance}',
      ],
      rules: [{ tool: 'get_balance', with: { account_id: fact('account.id') } }],
    },
    open: {
      weight: 4,
      phrases: [
        '{want} {open} an {account} [<kind>]',
        '{open} a new {account} <kind>',
        'new {account} <kind> for the {client}',
      ],
      rules: [{ tool: 'open_account', with: { customer_id: fact('customer.id'), kind: said('kind') } }],
    },
    close: {
      weight: 4,
      phrases: [
        '{want} {close} my {account}',
        '{close} this {account} [of the {client}]',
        'no longer need the {account}, {close} it',
      ],
      rules: [
        {
          when: ({ number }) => number('account.balance') > 0,
          tool: 'sweep_balance',
          with: { account_id: fact('account.id'), balance: fact('account.balance') },
        },
        { tool: 'close_account', with: { account_id: fact('account.id') } },
      ],
    },
    statement: {
      weight: 5,
      phrases: ['{want} my {statement} [for <period>]', '{send} the {statement} of <period>', '{statement} <period>'],
      rules: [{ tool: 'get_statement', with: { account_id: fact('account.id'), period: said('period') } }],
    },
    overdraft: {
      weight: 4,
      phrases: ['{want} an {overdraft}', 'raise my {overdraft} [on the {account}]', '{client} asks for an {overdraft}'],
      rules: [
        {
          when: ({ fact: of }) => of('account.overdrawn') === true,
          tool: 'refuse_overdraft',
          with: { account_id: fact('account.id') },
        },
        {
          when: ({ number, limit }) => number('account.salary') >= limit('overdraft'),
          tool: 'set_overdraft',
          with: { account_id: fact('account.id'), tier: always('extended') },
        },
        { tool: 'set_overdraft', with: { account_id: fact('account.id'), tier: always('basic') } },
      ],
    },
    move: {
      weight: 4,
      phrases: ['{move} <amount> to <to>', '{want} {move} <amount> into <to>', '{move} money into <to> [<amount>]'],
      rules: [
        {
          tool: 'move_between_accounts',
          with: { from_account: fact('account.id'), to_account: said('to'), amount: said('amount') },
        },
      ],
    },
  },
  vague: [
    { phrases: ['what is going on with my {account}', 'my {account} overview'], readings: ['balance', 'statement'] },
    { phrases: ['I am short of money on the {account}'], readings: ['overdraft', 'move'] },
  ],
});
