import { defineAgent } from '../domain-agent.ts';
import { choices, counted, named } from '../language/slots.ts';
import { always, fact, said } from '../rules.ts';
import { id, integer, oneOf, words } from '../schema.ts';

export const analytics = defineAgent({
  agentId: 'analytics',
  title: 'Analytics',
  weight: 6,
  lexicon: {
    query: 'run | query | calculate | work out ~ crunch',
    metric: 'metric | key figure | number | indicator ~ stat',
    forecast: 'forecast | predict | project | estimate the future of ~ crystal-ball',
    segment: 'segment | cluster | group | split ~ slice and dice',
    clients: 'customers | clients | the customer base | account holders ~ users',
    churn: 'churn | attrition | leaving customers | cancellations ~ drop-off',
    dashboard: 'dashboard | board | cockpit | overview page ~ wallboard',
    refresh: 'refresh | reload | bring up to date | rebuild ~ re-sync',
    outlier: 'outlier | anomaly | odd value | spike ~ weirdness',
    dataset: 'dataset | table | data extract | source ~ data dump',
    export: 'export | download | extract ~ yank out',
  },
  slots: {
    metric: choices('Which metric?', {
      deposits: 'deposits | money paid in | savings volume',
      revenue: 'revenue | fee income | turnover',
      logins: 'logins | active sessions | app visits',
    }),
    horizon: counted('weeks', [4, 8, 12, 26]),
    groups: counted('groups', [3, 4, 5, 8]),
    dataset: named('Which dataset?', ['payments_daily', 'accounts_snapshot', 'cards_usage', 'branch_visits']),
    region: choices('Which region?', {
      north: 'the north | northern branches',
      south: 'the south | southern branches',
      online: 'online only | the digital channel',
    }),
  },
  limits: { rows: [1_000_000, 200_000] },
  facts: (draw) => ({
    dashboard: { id: draw.id('DB'), stale: draw.chance(0.7) },
    dataset: { rows: draw.money(5_000, 8_000_000) },
    requester: draw.oneOf('analyst', 'manager', 'auditor'),
  }),
  tools: {
    compute_metric: {
      about: 'Computes a metric for a region.',
      ms: 700,
      parameters: { metric: oneOf('deposits', 'revenue', 'logins'), 'region?': oneOf('north', 'south', 'online') },
    },
    forecast_metric: {
      about: 'Forecasts a metric some weeks ahead.',
      ms: 1800,
      failing: 0.06,
      parameters: { metric: oneOf('deposits', 'revenue', 'logins'), weeks: integer(1, 104) },
    },
    segment_customers: {
      about: 'Clusters the customers.',
      ms: 2600,
      failing: 0.08,
      parameters: { groups: integer(2, 50) },
    },
    predict_churn: {
      about: 'Predicts which customers may leave.',
      ms: 1400,
      parameters: { audience: oneOf('analyst', 'manager', 'auditor') },
    },
    refresh_dashboard: { about: 'Refreshes a dashboard.', ms: 600, parameters: { dashboard_id: id('DB') } },
    export_dataset: {
      about: 'Exports a dataset at once.',
      ms: 900,
      parameters: { dataset: words, format: oneOf('csv') },
    },
    queue_export: { about: 'Queues a large export for the night.', ms: 70, parameters: { dataset: words } },
  },
  intents: {
    metric: {
      weight: 6,
      phrases: [
        '{query} the {metric} <metric> [for <region>]',
        '{show} <metric> [in <region>]',
        '{what_is} our <metric> [in <region>]',
      ],
      rules: [{ tool: 'compute_metric', with: { metric: said('metric'), region: said('region') } }],
    },
    forecast: {
      weight: 4,
      phrases: [
        '{forecast} <metric> for the next <horizon>',
        '{want} {forecast} <metric> [<horizon> ahead]',
        '{forecast} <horizon> of <metric>',
      ],
      rules: [{ tool: 'forecast_metric', with: { metric: said('metric'), weeks: said('horizon') } }],
    },
    segment: {
      weight: 3,
      phrases: [
        '{segment} the {clients} into <groups>',
        '{want} {segment} {clients} [in <groups>]',
        '<groups> of {clients}',
      ],
      rules: [{ tool: 'segment_customers', with: { groups: said('groups') } }],
    },
    churn: {
      weight: 4,
      phrases: ['{want} {forecast} {churn}', 'which {clients} will leave, {churn} model', '{show} the {churn} list'],
      rules: [{ tool: 'predict_churn', with: { audience: fact('requester') } }],
    },
    dashboard: {
      weight: 4,
      phrases: [
        '{refresh} the {dashboard}',
        '{want} {refresh} my {dashboard} [today]',
        'the {dashboard} shows old data',
      ],
      rules: [
        { when: ({ fact: of }) => of('dashboard.stale') === false, tool: null },
        { tool: 'refresh_dashboard', with: { dashboard_id: fact('dashboard.id') } },
      ],
    },
    export: {
      weight: 4,
      phrases: [
        '{export} the {dataset} <dataset>',
        '{want} {export} <dataset>',
        '{export} a {dataset} [called <dataset>]',
      ],
      rules: [
        {
          when: ({ number, limit }) => number('dataset.rows') > limit('rows'),
          tool: 'queue_export',
          with: { dataset: said('dataset') },
        },
        { tool: 'export_dataset', with: { dataset: said('dataset'), format: always('csv') } },
      ],
    },
  },
  vague: [
    { phrases: ['how will <metric> look', '<metric> trend'], readings: ['forecast', 'metric'] },
    { phrases: ['new numbers for the {dashboard}'], readings: ['dashboard', 'metric'] },
  ],
});
