import { defineAgent } from '../domain-agent.ts';
import { choices, counted, quoted, reference } from '../language/slots.ts';
import { always, either, fact, said } from '../rules.ts';
import { amount, id, integer, oneOf, words } from '../schema.ts';

export const transaction = defineAgent({
  agentId: 'transaction',
  title: 'Transaction',
  weight: 10,
  lexicon: {
    list: 'list | show | display | see ~ scroll through',
    latest: 'latest | last | most recent | newest ~ freshest',
    entry: 'entry | transaction | posting | booking ~ line item',
    entries: 'entries | transactions | postings | bookings ~ line items',
    find: 'find | search for | look for | locate ~ hunt down',
    details: 'details | full information | particulars | background ~ deets | lowdown',
    label: 'categorise | label | tag | classify ~ bucket',
    reverse: 'reverse | undo | back out | correct ~ roll back',
    duplicate: 'duplicate | double booking | booked twice | same amount twice ~ dupe',
    receipt: 'receipt | confirmation slip | proof of payment | voucher ~ paper trail',
    reconcile: 'reconcile | match | balance out | tie out ~ square up',
  },
  slots: {
    count: counted('entries', [5, 10, 20, 50]),
    text: quoted('Which words?', ['coffee', 'rent', 'insurance', 'gym', 'parking', 'electricity', 'books']),
    category: choices('Which category?', {
      travel: 'travel | trips | hotels and flights',
      groceries: 'groceries | food shopping | supermarket',
      housing: 'housing | living costs',
      leisure: 'leisure | fun | hobbies',
    }),
    entry: reference('TX', { question: 'Which transaction?' }),
  },
  limits: { reversal: [3_000, 1_200], age: [60, 30] },
  facts: (draw) => ({
    account: { id: draw.id('AC') },
    transaction: {
      id: draw.id('TX'),
      amount: draw.money(5, 12_000),
      days_old: draw.integer(0, 90),
      merchant: draw.oneOf('Nordmarkt', 'Cafe Luna', 'RailGo', 'Bookery'),
    },
  }),
  tools: {
    list_transactions: {
      about: 'Lists the latest transactions.',
      ms: 60,
      parameters: { account_id: id('AC'), 'count?': integer(1, 500) },
    },
    search_transactions: {
      about: 'Searches transactions by text.',
      ms: 180,
      parameters: { account_id: id('AC'), text: words },
    },
    get_transaction: { about: 'Reads one transaction.', ms: 35, parameters: { transaction_id: id('TX') } },
    categorise_transaction: {
      about: 'Sets the category of a transaction.',
      ms: 50,
      parameters: { transaction_id: id('TX'), category: oneOf('travel', 'groceries', 'housing', 'leisure') },
    },
    reverse_transaction: {
      about: 'Reverses a transaction.',
      ms: 260,
      failing: 0.07,
      parameters: { transaction_id: id('TX'), amount },
    },
    refer_to_back_office: {
      about: 'Gives a reversal to the back office.',
      ms: 70,
      parameters: { transaction_id: id('TX'), ground: oneOf('amount', 'age') },
    },
    issue_receipt: {
      about: 'Issues a receipt.',
      ms: 90,
      parameters: { transaction_id: id('TX'), format: oneOf('pdf') },
    },
    reconcile_account: {
      about: 'Reconciles the account’s bookings.',
      ms: 1500,
      failing: 0.08,
      parameters: { account_id: id('AC') },
    },
  },
  intents: {
    list: {
      weight: 6,
      phrases: [
        '{list} the {latest} {entries}',
        '{want} {list} my {latest} <count>',
        '{list} <count>',
        '{what_is} on my account lately, the {latest} {entries}',
      ],
      rules: [{ tool: 'list_transactions', with: { account_id: fact('account.id'), count: said('count') } }],
    },
    search: {
      weight: 4,
      phrases: [
        '{find} {entries} with <text>',
        '{want} {find} the {entry} [called <text>]',
        '{find} everything about <text>',
      ],
      rules: [{ tool: 'search_transactions', with: { account_id: fact('account.id'), text: said('text') } }],
    },
    details: {
      weight: 5,
      phrases: [
        '{details} of the {entry} [<entry>]',
        '{show} the {details} [of <entry>]',
        'what is this {entry} <entry>',
      ],
      rules: [{ tool: 'get_transaction', with: { transaction_id: either(said('entry'), fact('transaction.id')) } }],
    },
    label: {
      weight: 4,
      phrases: [
        '{label} this {entry} as <category>',
        '{want} {label} the {entry} [<category>]',
        'that {entry} was <category>',
      ],
      rules: [
        {
          tool: 'categorise_transaction',
          with: { transaction_id: fact('transaction.id'), category: said('category') },
        },
      ],
    },
    reverse: {
      weight: 5,
      phrases: [
        '{want} {reverse} the {entry}',
        'it is a {duplicate}, {reverse} it',
        '{reverse} this {duplicate} {entry}',
        '{duplicate} [of the {entry}]',
      ],
      rules: [
        {
          when: ({ number, limit }) => number('transaction.amount') > limit('reversal'),
          tool: 'refer_to_back_office',
          with: { transaction_id: fact('transaction.id'), ground: always('amount') },
        },
        {
          when: ({ number, limit }) => number('transaction.days_old') > limit('age'),
          tool: 'refer_to_back_office',
          with: { transaction_id: fact('transaction.id'), ground: always('age') },
        },
        {
          tool: 'reverse_transaction',
          with: { transaction_id: fact('transaction.id'), amount: fact('transaction.amount') },
        },
      ],
    },
    receipt: {
      weight: 3,
      phrases: ['{want} a {receipt} [for the {entry}]', '{send} me the {receipt}', '{make} a {receipt}'],
      rules: [{ tool: 'issue_receipt', with: { transaction_id: fact('transaction.id'), format: always('pdf') } }],
    },
    reconcile: {
      weight: 2,
      phrases: [
        '{reconcile} the account',
        '{want} {reconcile} all {entries}',
        'the {entries} do not add up, {reconcile} them',
      ],
      rules: [{ tool: 'reconcile_account', with: { account_id: fact('account.id') } }],
    },
  },
  vague: [
    { phrases: ['I do not recognise this {entry}', 'an odd {entry}'], readings: ['details', 'reverse'] },
    { phrases: ['{entries} for <text> maybe', 'what did I spend'], readings: ['list', 'search'] },
  ],
});
