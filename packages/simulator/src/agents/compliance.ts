import { defineAgent } from '../domain-agent.ts';
import { choices, day, named, quoted } from '../language/slots.ts';
import { people } from '../draw.ts';
import { always, fact, said } from '../rules.ts';
import { amount, date, id, oneOf, words } from '../schema.ts';

export const compliance = defineAgent({
  agentId: 'compliance',
  title: 'Compliance',
  weight: 6,
  lexicon: {
    screen: 'screen | run a check on | search for | look up ~ google',
    sanctions: 'sanctions list | sanctions | embargo list | restricted parties ~ blacklist',
    report: 'report | notify | inform ~ flag up',
    authority: 'authority | regulator | financial intelligence unit | supervisor ~ watchdog',
    suspicious: 'suspicious | unusual | odd | questionable ~ shady | fishy',
    activity: 'activity | cash deposit | movement | behaviour ~ stuff going on',
    review: 'periodic review | customer review | due diligence | kyc review ~ health check',
    plan: 'schedule | plan | set up | arrange ~ pencil in',
    document: 'document | paper | missing form | proof ~ paperwork',
    request: 'request | ask for | demand | chase ~ bug them for',
    policy: 'policy | rule | guideline | regulation ~ rulebook',
  },
  slots: {
    name: named('Whose name?', people),
    document: choices('Which document?', {
      proof_of_address: 'proof of address | a utility bill | an address confirmation',
      source_of_funds: 'source of funds | where the money comes from',
      tax_form: 'tax form | tax residency form | tax certificate',
    }),
    day: day(),
    question: quoted('Which topic?', [
      'gifts to officials',
      'data retention',
      'politically exposed persons',
      'cross-border marketing',
      'personal trading',
    ]),
  },
  limits: { reporting: [15_000, 8_000] },
  facts: (draw) => ({
    customer: { ...draw.customer(), politically_exposed: draw.chance(0.12) },
    activity: { id: draw.id('AV'), amount: draw.money(1_000, 90_000), cash: draw.chance(0.5) },
  }),
  tools: {
    screen_name: {
      about: 'Screens a name against sanctions lists.',
      ms: 600,
      failing: 0.07,
      parameters: { name: words },
    },
    file_activity_report: {
      about: 'Reports suspicious activity to the authority.',
      ms: 260,
      parameters: { activity_id: id('AV'), amount },
    },
    open_internal_case: {
      about: 'Opens an internal case on an activity below the reporting threshold.',
      ms: 130,
      parameters: { activity_id: id('AV') },
    },
    schedule_review: {
      about: 'Schedules a customer review.',
      ms: 80,
      parameters: { customer_id: id('CU'), on: date, depth: oneOf('standard', 'enhanced') },
    },
    request_document: {
      about: 'Asks the customer for a document.',
      ms: 70,
      parameters: { customer_id: id('CU'), document: oneOf('proof_of_address', 'source_of_funds', 'tax_form') },
    },
    search_policy: { about: 'Searches the policy library.', ms: 150, parameters: { query: words } },
  },
  intents: {
    screen: {
      weight: 5,
      phrases: [
        '{screen} <name> on the {sanctions}',
        '{want} {screen} <name> [against the {sanctions}]',
        'is <name> on the {sanctions}',
      ],
      rules: [{ tool: 'screen_name', with: { name: said('name') } }],
    },
    suspicious: {
      weight: 5,
      phrases: [
        '{report} this {suspicious} {activity}',
        '{want} {report} the {activity} to the {authority}',
        'the {activity} looks {suspicious}',
        '{suspicious} {activity} of the {client}',
      ],
      rules: [
        {
          when: ({ number, limit }) => number('activity.amount') >= limit('reporting'),
          tool: 'file_activity_report',
          with: { activity_id: fact('activity.id'), amount: fact('activity.amount') },
        },
        { tool: 'open_internal_case', with: { activity_id: fact('activity.id') } },
      ],
    },
    review: {
      weight: 4,
      phrases: [
        '{plan} a {review} [on <day>]',
        '{want} {plan} the {review} for <day>',
        'the {client} is due for a {review} [<day>]',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('customer.politically_exposed') === true,
          tool: 'schedule_review',
          with: { customer_id: fact('customer.id'), on: said('day'), depth: always('enhanced') },
        },
        {
          tool: 'schedule_review',
          with: { customer_id: fact('customer.id'), on: said('day'), depth: always('standard') },
        },
      ],
    },
    document: {
      weight: 5,
      phrases: [
        '{request} the {document} [<document>]',
        '{want} {request} <document> from the {client}',
        'we are missing <document>',
        'still no {document}: <document>',
      ],
      rules: [{ tool: 'request_document', with: { customer_id: fact('customer.id'), document: said('document') } }],
    },
    policy: {
      weight: 3,
      phrases: [
        'what does the {policy} say about <question>',
        '{show} the {policy} [on <question>]',
        'which {policy} covers <question>',
      ],
      rules: [{ tool: 'search_policy', with: { query: said('question') } }],
    },
  },
  vague: [
    {
      phrases: ['the {client} {activity} needs a {review}', 'a closer look at the {activity}'],
      readings: ['suspicious', 'review'],
    },
    { phrases: ['the {document} under this {policy}'], readings: ['document', 'policy'] },
  ],
});
