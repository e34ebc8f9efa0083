import { defineAgent } from '../domain-agent.ts';
import { choices, reference } from '../language/slots.ts';
import { always, either, fact, said } from '../rules.ts';
import { amount, id, number, oneOf } from '../schema.ts';

export const fraud = defineAgent({
  agentId: 'fraud',
  title: 'Fraud',
  weight: 10,
  lexicon: {
    card: 'card | debit card | credit card | bank card ~ plastic',
    block: 'block | freeze | lock | disable ~ brick | shut off',
    unblock: 'unblock | unfreeze | unlock | reactivate ~ bring back to life',
    transaction: 'transaction | payment | charge | booking ~ hit',
    suspect: 'suspicious | not mine | unknown to me | fraudulent | never made ~ sus | dodgy',
    dispute: 'dispute | contest | charge back | claim back ~ fight',
    analyse: 'analyse | investigate | score | look into ~ dig into',
    alert: 'alert | alarm | warning | red flag ~ ping',
    dismiss: 'dismiss | close | clear | ignore ~ swipe away',
    device: 'device | phone | login | computer ~ gadget',
    trust: 'trust | recognise | known | accept ~ vouch for',
  },
  slots: {
    reason: choices('What happened to the card?', {
      lost: 'lost | misplaced | left it in a taxi | cannot find it',
      stolen: 'stolen | robbed | my bag was snatched | pickpocketed',
      skimmed: 'skimmed | copied at a cash machine | cloned',
    }),
    transaction: reference('TX', { question: 'Which transaction?' }),
  },
  limits: { chargeback: [2_000, 800], score: [80, 60] },
  facts: (draw) => ({
    customer: draw.customer(),
    card: { id: draw.id('CA'), status: draw.oneOf('active', 'active', 'blocked') },
    transaction: {
      id: draw.id('TX'),
      amount: draw.money(20, 9_000),
      score: draw.integer(1, 99),
      country: draw.oneOf('home', 'home', 'abroad'),
    },
    alert: { id: draw.id('AL') },
    device: { id: draw.id('DV') },
  }),
  tools: {
    score_transaction: {
      about: 'Computes the fraud score of a transaction.',
      ms: 60,
      parameters: { transaction_id: id('TX') },
    },
    block_card: {
      about: 'Blocks a card.',
      ms: 90,
      parameters: { card_id: id('CA'), reason: oneOf('lost', 'stolen', 'skimmed') },
    },
    unblock_card: { about: 'Unblocks a card.', ms: 90, failing: 0.05, parameters: { card_id: id('CA') } },
    open_dispute: { about: 'Charges a transaction back.', ms: 240, parameters: { transaction_id: id('TX'), amount } },
    open_investigation: {
      about: 'Gives a case to an investigator.',
      ms: 120,
      parameters: { transaction_id: id('TX'), ground: oneOf('amount', 'score'), score: number(0, 100) },
    },
    dismiss_alert: { about: 'Closes an alert as harmless.', ms: 50, parameters: { alert_id: id('AL') } },
    trust_device: {
      about: 'Marks a device as trusted.',
      ms: 70,
      parameters: { customer_id: id('CU'), device_id: id('DV') },
    },
  },
  intents: {
    analyse: {
      weight: 5,
      phrases: [
        '{want} {analyse} the {transaction} [<transaction>]',
        '{analyse} this {transaction}',
        'is the {transaction} [<transaction>] safe',
      ],
      rules: [
        { tool: 'score_transaction', with: { transaction_id: either(said('transaction'), fact('transaction.id')) } },
      ],
    },
    block: {
      weight: 6,
      phrases: [
        '{want} {block} my {card} [it was <reason>]',
        'my {card} was <reason>',
        '{block} the {card} [<reason>]',
        '<reason>, {block} the {card}',
      ],
      rules: [
        { when: ({ fact: of }) => of('card.status') === 'blocked', tool: null },
        { tool: 'block_card', with: { card_id: fact('card.id'), reason: said('reason') } },
      ],
    },
    unblock: {
      weight: 3,
      phrases: [
        '{want} {unblock} my {card}',
        'found the {card} again, {unblock} it',
        '{unblock} the {card} [of the {client}]',
      ],
      rules: [{ tool: 'unblock_card', with: { card_id: fact('card.id') } }],
    },
    dispute: {
      weight: 5,
      phrases: [
        '{want} {dispute} a {transaction}',
        'this {transaction} is {suspect}',
        '{dispute} the {transaction} [it is {suspect}]',
      ],
      rules: [
        {
          when: ({ number: of, limit }) => of('transaction.amount') > limit('chargeback'),
          tool: 'open_investigation',
          with: { transaction_id: fact('transaction.id'), ground: always('amount'), score: fact('transaction.score') },
        },
        { tool: 'open_dispute', with: { transaction_id: fact('transaction.id'), amount: fact('transaction.amount') } },
      ],
    },
    alert: {
      weight: 4,
      phrases: [
        '{dismiss} the {alert}',
        '{want} {dismiss} this {alert} [it is harmless]',
        'false {alert}, {dismiss} it',
      ],
      rules: [
        {
          when: ({ number: of, limit }) => of('transaction.score') > limit('score'),
          tool: 'open_investigation',
          with: { transaction_id: fact('transaction.id'), ground: always('score'), score: fact('transaction.score') },
        },
        { tool: 'dismiss_alert', with: { alert_id: fact('alert.id') } },
      ],
    },
    device: {
      weight: 2,
      phrases: [
        '{trust} this {device}',
        'the new {device} is mine, {trust} it',
        '{want} {trust} the {device} [of the {client}]',
      ],
      rules: [{ tool: 'trust_device', with: { customer_id: fact('customer.id'), device_id: fact('device.id') } }],
    },
  },
  vague: [
    {
      phrases: ['strange {transaction} on my {card}', 'there is a {transaction} that worries me'],
      readings: ['dispute', 'analyse'],
    },
    { phrases: ['{problem} with my {card}', 'the {card} does not work'], readings: ['unblock', 'block'] },
  ],
});
