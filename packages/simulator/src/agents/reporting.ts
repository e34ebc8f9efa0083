import { defineAgent } from '../domain-agent.ts';
import { choices, day, email } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { date, id, oneOf } from '../schema.ts';

export const reporting = defineAgent({
  agentId: 'reporting',
  title: 'Reporting',
  weight: 6,
  lexicon: {
    report: 'report | summary | write-up | analysis paper ~ readout',
    regulatory: 'regulatory return | supervisory filing | prudential return | central bank report ~ reg pack',
    submit: 'submit | file | hand in | deliver ~ ship',
    draft: 'draft | preliminary version | first version | preview ~ rough cut',
    schedule: 'schedule | plan | automate | repeat ~ put on repeat',
    approve: 'approve | sign off | release | okay ~ thumbs-up',
    share: 'share | distribute | circulate | hand out ~ blast out',
    figure: 'figure | number | value | line ~ datapoint',
    explain: 'explain | break down | clarify | justify ~ unpack',
  },
  slots: {
    topic: choices('Which report?', {
      liquidity: 'liquidity | cash position | funding',
      credit: 'credit losses | bad loans | credit quality',
      profit: 'profit and loss | earnings | the income statement',
    }),
    rhythm: choices('How often?', {
      daily: 'daily | every day | each morning',
      weekly: 'weekly | every week | on mondays',
      monthly: 'monthly | every month | at month end',
    }),
    email: email(),
    day: day(),
  },
  limits: { findings: [3, 0] },
  facts: (draw) => ({
    report: {
      id: draw.id('RP'),
      state: draw.oneOf('draft', 'approved', 'approved'),
      open_findings: draw.integer(0, 7),
    },
    entity: draw.oneOf('bank', 'leasing', 'insurance'),
  }),
  tools: {
    generate_report: {
      about: 'Generates a report on a topic.',
      ms: 1600,
      failing: 0.05,
      parameters: { topic: oneOf('liquidity', 'credit', 'profit'), entity: oneOf('bank', 'leasing', 'insurance') },
    },
    schedule_report: {
      about: 'Generates a report regularly.',
      ms: 90,
      parameters: { topic: oneOf('liquidity', 'credit', 'profit'), rhythm: oneOf('daily', 'weekly', 'monthly') },
    },
    submit_return: {
      about: 'Submits a regulatory return.',
      ms: 800,
      failing: 0.06,
      parameters: { report_id: id('RP'), due: date },
    },
    return_for_correction: {
      about: 'Returns a report to its author.',
      ms: 60,
      parameters: { report_id: id('RP'), ground: oneOf('not_approved', 'findings') },
    },
    approve_report: { about: 'Approves a report.', ms: 50, parameters: { report_id: id('RP') } },
    share_report: {
      about: 'Sends a report to somebody.',
      ms: 110,
      parameters: { report_id: id('RP'), to: { type: 'string', format: 'email' } },
    },
    explain_figure: {
      about: 'Explains a figure of a report.',
      ms: 400,
      parameters: { report_id: id('RP'), topic: oneOf('liquidity', 'credit', 'profit') },
    },
  },
  intents: {
    generate: {
      weight: 6,
      phrases: ['{make} a {report} [on <topic>]', '{want} a {report} about <topic>', '{make} the <topic> {report}'],
      rules: [{ tool: 'generate_report', with: { topic: said('topic'), entity: fact('entity') } }],
    },
    schedule: {
      weight: 4,
      phrases: [
        '{schedule} the <topic> {report} <rhythm>',
        '{want} {schedule} a {report} on <topic> [<rhythm>]',
        '<rhythm> {report} on <topic>',
      ],
      rules: [{ tool: 'schedule_report', with: { topic: said('topic'), rhythm: said('rhythm') } }],
    },
    submit: {
      weight: 5,
      phrases: [
        '{submit} the {regulatory} [by <day>]',
        '{want} {submit} the {regulatory} due <day>',
        'the {regulatory} is due <day>',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('report.state') === 'draft',
          tool: 'return_for_correction',
          with: { report_id: fact('report.id'), ground: always('not_approved') },
        },
        { tool: 'submit_return', with: { report_id: fact('report.id'), due: said('day') } },
      ],
    },
    approve: {
      weight: 4,
      phrases: ['{approve} the {report}', '{want} {approve} this {draft}', 'the {draft} is fine, {approve} it'],
      rules: [
        {
          when: ({ number, limit }) => number('report.open_findings') > limit('findings'),
          tool: 'return_for_correction',
          with: { report_id: fact('report.id'), ground: always('findings') },
        },
        { tool: 'approve_report', with: { report_id: fact('report.id') } },
      ],
    },
    share: {
      weight: 4,
      phrases: [
        '{share} the {report} with <email>',
        '{send} this {report} to <email>',
        '{want} {share} the {draft} [with <email>]',
      ],
      rules: [{ tool: 'share_report', with: { report_id: fact('report.id'), to: said('email') } }],
    },
    explain: {
      weight: 3,
      phrases: [
        '{explain} the {figure} [in <topic>]',
        '{why} is the <topic> {figure} so low',
        '{want} someone to {explain} the <topic> {figure}',
      ],
      rules: [{ tool: 'explain_figure', with: { report_id: fact('report.id'), topic: said('topic') } }],
    },
  },
  vague: [
    { phrases: ['the {report} on <topic> please', 'something on <topic>'], readings: ['generate', 'explain'] },
    { phrases: ['get the {report} out'], readings: ['share', 'submit'] },
  ],
});
