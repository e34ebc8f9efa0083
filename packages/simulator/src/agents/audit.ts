import { defineAgent } from '../domain-agent.ts';
import { people } from '../draw.ts';
import { choices, day, named, quoted } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { date, id, integer, oneOf, words } from '../schema.ts';

export const audit = defineAgent({
  agentId: 'audit',
  title: 'Audit',
  weight: 5,
  lexicon: {
    trail: 'audit trail | change history | log | who changed it ~ paper trail',
    record: 'record | entry | object | item ~ thingy',
    access: 'access | permission | rights | who may see it ~ keys',
    review: 'review | check | examine | inspect ~ comb through',
    finding: 'finding | deficiency | weakness | observation ~ gotcha',
    raise: 'raise | open | write up | register ~ drop',
    resolve: 'resolve | close | settle | mark as fixed ~ tick off',
    evidence: 'evidence | supporting documents | proof | working papers ~ receipts',
    collect: 'collect | gather | pull together | request ~ scoop up',
    export: 'export | hand over | download ~ rip',
    sample: 'sample | random selection | spot check | test set ~ lucky dip',
  },
  slots: {
    area: choices('Which area?', {
      lending: 'lending | loans department | credit desk',
      payments: 'payments | transfers desk | payment operations',
      it: 'it systems | servers | infrastructure',
    }),
    severity: choices('How severe?', {
      low: 'minor | low | small',
      medium: 'moderate | medium',
      high: 'severe | critical | major',
    }),
    title: quoted('What is the finding?', [
      'missing second signature',
      'shared password',
      'late reconciliation',
      'no backup test',
      'expired certificate',
    ]),
    name: named('Whose access?', people),
    day: day(),
  },
  limits: { age: [30, 14], sample: [60, 60] },
  facts: (draw) => ({
    record: { id: draw.id('RC'), restricted: draw.chance(0.35) },
    finding: {
      id: draw.id('FN'),
      evidence_count: draw.chance(0.45) ? 0 : draw.integer(1, 4),
      days_open: draw.integer(1, 60),
    },
    auditor: draw.oneOf('internal', 'internal', 'external'),
  }),
  tools: {
    get_audit_trail: { about: 'Reads who changed a record.', ms: 140, parameters: { record_id: id('RC') } },
    request_clearance: {
      about: 'Asks for clearance to a restricted record.',
      ms: 60,
      parameters: { record_id: id('RC'), auditor: oneOf('internal', 'external') },
    },
    review_access: { about: 'Lists what a person may access.', ms: 200, parameters: { person: words } },
    raise_finding: {
      about: 'Raises a finding.',
      ms: 90,
      parameters: { title: words, severity: oneOf('low', 'medium', 'high') },
    },
    resolve_finding: { about: 'Closes a finding that has evidence.', ms: 70, parameters: { finding_id: id('FN') } },
    escalate_finding: {
      about: 'Escalates an overdue finding.',
      ms: 60,
      parameters: { finding_id: id('FN'), days_open: integer(0, 10_000) },
    },
    collect_evidence: {
      about: 'Requests evidence by a day.',
      ms: 110,
      failing: 0.06,
      parameters: { finding_id: id('FN'), due: date },
    },
    draw_sample: {
      about: 'Draws a sample of an area’s records.',
      ms: 300,
      parameters: { area: oneOf('lending', 'payments', 'it'), method: oneOf('random') },
    },
  },
  intents: {
    trail: {
      weight: 6,
      phrases: ['{show} the {trail} of this {record}', '{want} {review} the {trail}', '{trail} [of the {record}]'],
      rules: [
        {
          when: ({ fact: of }) => of('record.restricted') === true,
          tool: 'request_clearance',
          with: { record_id: fact('record.id'), auditor: fact('auditor') },
        },
        { tool: 'get_audit_trail', with: { record_id: fact('record.id') } },
      ],
    },
    access: {
      weight: 4,
      phrases: [
        '{review} the {access} of <name>',
        'which {access} does <name> have',
        '{want} {review} {access} [for <name>]',
      ],
      rules: [{ tool: 'review_access', with: { person: said('name') } }],
    },
    raise: {
      weight: 4,
      phrases: [
        '{raise} a <severity> {finding} <title>',
        '{want} {raise} a {finding} <title> [it is <severity>]',
        'new {finding} <title> <severity>',
      ],
      rules: [{ tool: 'raise_finding', with: { title: said('title'), severity: said('severity') } }],
    },
    resolve: {
      weight: 5,
      phrases: [
        '{resolve} the {finding}',
        '{want} {resolve} this {finding} [now]',
        'the {finding} is fixed, {resolve} it',
      ],
      rules: [
        {
          when: ({ number }) => number('finding.evidence_count') > 0,
          tool: 'resolve_finding',
          with: { finding_id: fact('finding.id') },
        },
        {
          when: ({ number, limit }) => number('finding.days_open') > limit('age'),
          tool: 'escalate_finding',
          with: { finding_id: fact('finding.id'), days_open: fact('finding.days_open') },
        },
        { tool: null },
      ],
    },
    evidence: {
      weight: 4,
      phrases: [
        '{collect} the {evidence} [until <day>]',
        '{want} {collect} {evidence} for the {finding} by <day>',
        '{evidence} needed <day>',
      ],
      rules: [{ tool: 'collect_evidence', with: { finding_id: fact('finding.id'), due: said('day') } }],
    },
    sample: {
      weight: 3,
      phrases: ['draw a {sample} [from <area>]', '{want} a {sample} of <area>', '{sample} for <area>'],
      rules: [{ tool: 'draw_sample', with: { area: said('area'), method: always('random') } }],
    },
  },
  vague: [
    {
      phrases: ['{review} the {record} and who has {access}', 'who was in this {record}'],
      readings: ['trail', 'access'],
    },
    { phrases: ['what about the {finding}'], readings: ['resolve', 'evidence'] },
  ],
});
