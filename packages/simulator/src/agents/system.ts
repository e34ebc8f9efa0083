import { defineAgent } from '../domain-agent.ts';
import { choices, counted, named } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { id, integer, number, oneOf, words } from '../schema.ts';

export const system = defineAgent({
  agentId: 'system',
  title: 'System',
  weight: 5,
  lexicon: {
    running: 'running | alive | reachable | online ~ breathing',
    health: 'health | status | condition | state ~ vitals',
    service: 'service | component | application | backend ~ box',
    restart: 'restart | reboot | bounce | start again ~ kick',
    logs: 'logs | log lines | error messages | traces ~ spew',
    scale: 'scale | grow | add capacity to | enlarge ~ beef up',
    backup: 'backup | snapshot | safety copy | archive copy ~ insurance copy',
    restore: 'restore | bring back | recover | roll back to ~ resurrect',
    incident: 'incident | outage | major failure | disruption ~ fire',
    declare: 'declare | open | announce | call ~ yell',
    password: 'password | login secret | credentials ~ pass',
    reset: 'reset | renew | rotate | replace ~ nuke and redo',
  },
  slots: {
    service: named('Which service?', [
      'ledger-core',
      'card-switch',
      'web-portal',
      'rates-feed',
      'batch-runner',
      'mail-relay',
    ]),
    replicas: counted('replicas', [2, 3, 4, 6, 8]),
    level: choices('How bad is it?', {
      minor: 'a minor one | small impact',
      major: 'a major one | customers are affected',
      critical: 'critical | everything is down',
    }),
    lines: counted('lines', [50, 100, 200, 500]),
  },
  limits: { sessions: [1_000, 300] },
  facts: (draw) => ({
    host: { id: draw.id('HO'), active_sessions: draw.money(5, 20_000), cpu_percent: draw.integer(3, 99) },
    backup: { id: draw.id('BK'), verified: draw.chance(0.55) },
    operator: { id: draw.id('OP'), on_call: draw.chance(0.6) },
  }),
  tools: {
    get_health: { about: 'Reads the health of a service.', ms: 30, parameters: { service: words } },
    read_logs: {
      about: 'Reads the last log lines of a service.',
      ms: 150,
      parameters: { service: words, 'lines?': integer(1, 10_000) },
    },
    restart_service: { about: 'Restarts a service.', ms: 1200, failing: 0.08, parameters: { service: words } },
    plan_maintenance: {
      about: 'Plans a restart for the maintenance window.',
      ms: 60,
      parameters: { service: words, sessions: number(0, 1_000_000) },
    },
    scale_service: {
      about: 'Sets the number of replicas.',
      ms: 800,
      parameters: { service: words, replicas: integer(1, 64) },
    },
    restore_backup: {
      about: 'Restores a verified backup.',
      ms: 3000,
      failing: 0.1,
      parameters: { backup_id: id('BK') },
    },
    verify_backup: {
      about: 'Verifies a backup before it may be restored.',
      ms: 900,
      parameters: { backup_id: id('BK') },
    },
    declare_incident: {
      about: 'Declares an incident.',
      ms: 70,
      parameters: { level: oneOf('minor', 'major', 'critical'), paging: oneOf('on_call') },
    },
  },
  intents: {
    health: {
      weight: 6,
      phrases: [
        '{what_is} the {health} of <service>',
        '{check} the <service> {health}',
        'is <service> {running}',
        '{show} {service} {health} [of <service>]',
      ],
      rules: [{ tool: 'get_health', with: { service: said('service') } }],
    },
    logs: {
      weight: 5,
      phrases: [
        '{show} the {logs} of <service>',
        '{want} {check} <lines> of <service> {logs}',
        '<service> {logs} [<lines>]',
      ],
      rules: [{ tool: 'read_logs', with: { service: said('service'), lines: said('lines') } }],
    },
    restart: {
      weight: 5,
      phrases: ['{restart} <service>', '{want} {restart} the {service} [<service>]', '<service> hangs, {restart} it'],
      rules: [
        {
          when: ({ number: of, limit }) => of('host.active_sessions') > limit('sessions'),
          tool: 'plan_maintenance',
          with: { service: said('service'), sessions: fact('host.active_sessions') },
        },
        { tool: 'restart_service', with: { service: said('service') } },
      ],
    },
    scale: {
      weight: 4,
      phrases: [
        '{scale} <service> to <replicas>',
        '{want} {scale} <service> [to <replicas>]',
        '<replicas> for <service>',
      ],
      rules: [{ tool: 'scale_service', with: { service: said('service'), replicas: said('replicas') } }],
    },
    restore: {
      weight: 4,
      phrases: [
        '{restore} the {backup}',
        '{want} {restore} the latest {backup} [tonight]',
        'data is gone, {restore} a {backup}',
      ],
      rules: [
        {
          when: ({ fact: of }) => of('backup.verified') === false,
          tool: 'verify_backup',
          with: { backup_id: fact('backup.id') },
        },
        { tool: 'restore_backup', with: { backup_id: fact('backup.id') } },
      ],
    },
    incident: {
      weight: 3,
      phrases: ['{declare} an {incident} [<level>]', '{incident}: <level>', '{want} {declare} the {incident} <level>'],
      rules: [{ tool: 'declare_incident', with: { level: said('level'), paging: always('on_call') } }],
    },
  },
  vague: [
    { phrases: ['{problem} with <service>', '<service> acts up'], readings: ['health', 'restart'] },
    { phrases: ['errors in <service>'], readings: ['logs', 'health'] },
  ],
});
