import { defineAgent } from '../domain-agent.ts';
import { people } from '../draw.ts';
import { day, money, named, reference } from '../language/slots.ts';
import { always, either, fact, said } from '../rules.ts';
import { amount, date, id, oneOf, words } from '../schema.ts';

export const payment = defineAgent({
  agentId: 'payment',
  title: 'Payment',
  weight: 14,
  lexicon: {
    pay: 'pay | transfer | wire | remit ~ zap | venmo',
    money: 'money | funds | cash | a payment ~ dough',
    schedule: 'schedule | plan | set up | book ahead ~ queue up',
    standing: 'standing order | recurring payment | monthly transfer | regular payment ~ auto-pay',
    status: 'status | progress | state ~ whereabouts',
    where: 'where is | what happened to | did it arrive ~ wheres',
    payment: 'payment | transfer | wire ~ bank run',
    refund: 'refund | return | give back | reimburse ~ claw back',
    invoice: 'invoice | bill | statement of charges ~ tab',
    beneficiary: 'beneficiary | payee | recipient ~ contact',
    save: 'save | store | add | keep ~ bookmark',
  },
  slots: {
    amount: money(20, 8_000),
    payee: named('Who is to be paid?', people),
    day: day(),
    payment: reference('PM', { question: 'Which payment?' }),
  },
  limits: { refund: [1_000, 400] },
  facts: (draw) => ({
    customer: draw.customer(),
    account: {
      id: draw.id('AC'),
      currency: draw.oneOf('USD', 'USD', 'EUR', 'GBP'),
      balance: draw.money(300, 60_000),
      blocked: draw.chance(0.08),
    },
    payment: { id: draw.id('PM'), amount: draw.money(20, 5_000), state: draw.oneOf('pending', 'settled', 'settled') },
    invoice: { id: draw.id('IV'), amount: draw.money(50, 4_000) },
  }),
  tools: {
    make_transfer: {
      about: 'Transfers money now.',
      ms: 320,
      failing: 0.05,
      parameters: { from_account: id('AC'), payee: words, amount, currency: oneOf('USD', 'EUR', 'GBP') },
    },
    schedule_transfer: {
      about: 'Transfers money on a later day.',
      ms: 140,
      parameters: { from_account: id('AC'), payee: words, amount, on: date },
    },
    pay_invoice: {
      about: 'Pays an invoice on file.',
      ms: 280,
      failing: 0.05,
      parameters: { from_account: id('AC'), invoice_id: id('IV'), amount },
    },
    get_payment_status: { about: 'Reads how far a payment is.', ms: 45, parameters: { payment_id: id('PM') } },
    cancel_payment: { about: 'Cancels a payment that is pending.', ms: 110, parameters: { payment_id: id('PM') } },
    refund_payment: { about: 'Returns a settled payment.', ms: 210, parameters: { payment_id: id('PM'), amount } },
    ask_approval: {
      about: 'Asks a second person to approve.',
      ms: 60,
      parameters: { payment_id: id('PM'), kind: oneOf('refund', 'blocked_account') },
    },
    save_beneficiary: { about: 'Saves a payee.', ms: 70, parameters: { customer_id: id('CU'), name: words } },
  },
  intents: {
    transfer: {
      weight: 7,
      phrases: [
        '{want} {pay} <amount> to <payee>',
        '{pay} <payee> <amount>',
        '{want} {send} {money} to <payee> [<amount>]',
        '{send} <amount> to <payee>',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('account.blocked') === true,
          tool: 'ask_approval',
          with: { payment_id: fact('payment.id'), kind: always('blocked_account') },
        },
        {
          tool: 'make_transfer',
          with: {
            from_account: fact('account.id'),
            payee: said('payee'),
            amount: said('amount'),
            currency: fact('account.currency'),
          },
        },
      ],
    },
    schedule: {
      weight: 4,
      phrases: [
        '{schedule} a {payment} of <amount> to <payee> for <day>',
        '{want} {pay} <payee> <amount> on <day>',
        '{pay} <amount> to <payee> <day>',
      ],
      rules: [
        {
          tool: 'schedule_transfer',
          with: { from_account: fact('account.id'), payee: said('payee'), amount: said('amount'), on: said('day') },
        },
      ],
    },
    invoice: {
      weight: 4,
      phrases: ['{pay} the {invoice}', '{want} settle this {invoice} [today]', 'the {invoice} is due'],
      rules: [
        {
          tool: 'pay_invoice',
          with: { from_account: fact('account.id'), invoice_id: fact('invoice.id'), amount: fact('invoice.amount') },
        },
      ],
    },
    status: {
      weight: 5,
      phrases: [
        '{where} my {payment} [<payment>]',
        '{what_is} the {status} of {payment} <payment>',
        '{check} the {payment} {status}',
      ],
      rules: [{ tool: 'get_payment_status', with: { payment_id: either(said('payment'), fact('payment.id')) } }],
    },
    undo: {
      weight: 4,
      phrases: ['{stop} the {payment}', '{want} {stop} that {payment} [to <payee>]', 'wrong {payment}, {stop} it'],
      // What has left the bank cannot be stopped, only returned.
      rules: [
        {
          when: ({ fact: of }) => of('payment.state') === 'pending',
          tool: 'cancel_payment',
          with: { payment_id: fact('payment.id') },
        },
        {
          when: ({ number, limit }) => number('payment.amount') > limit('refund'),
          tool: 'ask_approval',
          with: { payment_id: fact('payment.id'), kind: always('refund') },
        },
        { tool: 'refund_payment', with: { payment_id: fact('payment.id'), amount: fact('payment.amount') } },
      ],
    },
    beneficiary: {
      weight: 3,
      phrases: [
        '{save} <payee> as a {beneficiary}',
        '{want} {save} a new {beneficiary} [<payee>]',
        'new {beneficiary}: <payee>',
      ],
      rules: [{ tool: 'save_beneficiary', with: { customer_id: fact('customer.id'), name: said('payee') } }],
    },
  },
  vague: [
    { phrases: ['about the {payment} I made', 'the {payment} yesterday'], readings: ['status', 'undo'] },
    { phrases: ['{pay} <payee>', 'money for <payee>'], readings: ['transfer', 'beneficiary'] },
  ],
});
