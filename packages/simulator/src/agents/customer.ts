import { defineAgent } from '../domain-agent.ts';
import { choices, email, named, quoted } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { id, integer, oneOf, words } from '../schema.ts';

export const customer = defineAgent({
  agentId: 'customer',
  title: 'Customer',
  weight: 12,
  lexicon: {
    profile: 'profile | personal details | record | file | master data ~ bio page',
    contact: 'e-mail | email address | mail address | contact address ~ inbox address',
    onboard: 'onboard | register | sign up | enrol | set up ~ add to the books',
    identity: 'identity | identification | passport check | proof of identity | id document ~ kyc thing',
    complain: 'complain | file a complaint | raise a complaint | lodge a grievance ~ rant about | vent about',
    close: 'close | end | terminate | wind down ~ ditch | drop',
    relationship: 'relationship | membership | contract with the bank ~ subscription',
    note: 'note | remark | comment | memo ~ sticky',
    add: 'add | attach | leave | put ~ stick | slap on',
    segment: 'segment | tier | service level | category ~ bracket',
  },
  slots: {
    email: email(),
    note: quoted('What should the note say?', [
      'prefers phone calls',
      'moving abroad in summer',
      'call back after lunch',
      'speaks only Spanish',
      'interested in a mortgage',
      'wants paper statements',
    ]),
    topic: choices('What is the complaint about?', {
      fees: 'hidden fees | the charges | being overcharged',
      service: 'rude staff | the waiting time | bad service',
      app: 'the app | online banking | the website',
    }),
    segment: choices('Which segment?', {
      retail: 'retail | standard',
      premium: 'premium | gold',
      business: 'business | corporate',
    }),
    colleague: named('Who is it?', [
      'Mira Olsen',
      'Paul Becker',
      'Rita Gomes',
      'Theo Brandt',
      'Vera Kunz',
      'Zoe Adler',
    ]),
  },
  limits: { churn: [70, 50] },
  facts: (draw) => ({
    customer: {
      ...draw.customer(),
      churn_risk: draw.integer(0, 100),
      open_products: draw.chance(0.6) ? 0 : draw.integer(1, 6),
    },
    branch: draw.oneOf('central', 'north', 'harbour'),
  }),
  tools: {
    get_customer_profile: { about: 'Reads a customer’s profile.', ms: 35, parameters: { customer_id: id('CU') } },
    update_contact: {
      about: 'Changes a customer’s e-mail address.',
      ms: 90,
      parameters: { customer_id: id('CU'), email: { type: 'string', format: 'email' } },
    },
    register_customer: {
      about: 'Registers a new customer by name.',
      ms: 220,
      failing: 0.05,
      parameters: { name: words, branch: oneOf('central', 'north', 'harbour') },
    },
    verify_identity: {
      about: 'Starts an identity check.',
      ms: 400,
      failing: 0.08,
      parameters: { customer_id: id('CU') },
    },
    file_complaint: {
      about: 'Files a complaint.',
      ms: 110,
      parameters: { customer_id: id('CU'), topic: oneOf('fees', 'service', 'app'), priority: oneOf('normal', 'high') },
    },
    add_note: {
      about: 'Leaves a note on the customer’s file.',
      ms: 45,
      parameters: { customer_id: id('CU'), note: words },
    },
    close_relationship: {
      about: 'Ends the relationship with a customer.',
      ms: 300,
      parameters: { customer_id: id('CU'), open_products: integer(0, 0) },
    },
    call_retention: {
      about: 'Asks the retention desk to call the customer.',
      ms: 70,
      parameters: { customer_id: id('CU'), reason: oneOf('churn_risk', 'open_products') },
    },
  },
  intents: {
    profile: {
      weight: 6,
      phrases: [
        '{show} the {profile} of this {client}',
        '{want} {check} the {client} {profile}',
        'open the {profile} [of the {client}]',
      ],
      rules: [{ tool: 'get_customer_profile', with: { customer_id: fact('customer.id') } }],
    },
    contact: {
      weight: 5,
      phrases: [
        '{change} the {contact} to <email>',
        'the new {contact} is <email>',
        '{want} {change} my {contact} [to <email>]',
      ],
      // Details change only once the customer is known to be the customer.
      rules: [
        {
          when: ({ fact: of }) => of('customer.verified') === false,
          tool: 'verify_identity',
          with: { customer_id: fact('customer.id') },
        },
        { tool: 'update_contact', with: { customer_id: fact('customer.id'), email: said('email') } },
      ],
    },
    register: {
      weight: 3,
      phrases: [
        '{want} {onboard} <colleague> as a new {client}',
        '{onboard} a new {client} [named <colleague>]',
        'new {client} <colleague>, {onboard} them',
      ],
      rules: [{ tool: 'register_customer', with: { name: said('colleague'), branch: fact('branch') } }],
    },
    identity: {
      weight: 3,
      phrases: [
        '{check} the {identity} of the {client}',
        '{want} start the {identity} process',
        '{identity} is still open, {check} it',
      ],
      rules: [{ tool: 'verify_identity', with: { customer_id: fact('customer.id') } }],
    },
    complaint: {
      weight: 4,
      phrases: [
        '{want} {complain} about <topic>',
        'the {client} wants to {complain} [because of <topic>]',
        '{complain}: <topic>',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('customer.segment') === 'premium',
          tool: 'file_complaint',
          with: { customer_id: fact('customer.id'), topic: said('topic'), priority: always('high') },
        },
        {
          tool: 'file_complaint',
          with: { customer_id: fact('customer.id'), topic: said('topic'), priority: always('normal') },
        },
      ],
    },
    note: {
      weight: 4,
      phrases: [
        '{add} a {note} to the {profile} [saying <note>]',
        '{note} for the {client} <note>',
        '{want} {add} the {note} <note>',
      ],
      rules: [{ tool: 'add_note', with: { customer_id: fact('customer.id'), note: said('note') } }],
    },
    close: {
      weight: 3,
      phrases: [
        '{want} {close} my {relationship}',
        '{client} wants to leave the bank, {close} the {relationship}',
        '{close} the {relationship} [of this {client}]',
      ],
      rules: [
        {
          when: ({ number }) => number('customer.open_products') > 0,
          tool: 'call_retention',
          with: { customer_id: fact('customer.id'), reason: always('open_products') },
        },
        {
          when: ({ number, limit }) => number('customer.churn_risk') > limit('churn'),
          tool: 'call_retention',
          with: { customer_id: fact('customer.id'), reason: always('churn_risk') },
        },
        {
          tool: 'close_relationship',
          with: { customer_id: fact('customer.id'), open_products: fact('customer.open_products') },
        },
      ],
    },
  },
  vague: [
    {
      phrases: ['something about the {client} details', 'the {profile} and the {contact}'],
      readings: ['profile', 'contact'],
    },
    { phrases: ['the {client} is unhappy with the {relationship}'], readings: ['complaint', 'close'] },
  ],
});
