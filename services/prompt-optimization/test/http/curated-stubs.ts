import {
  completeTurn,
  getToolset,
  listDatasetRows,
  listDatasets,
  type DatasetView,
  type TrainingRow,
} from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { lines } from '@retort/service-kit';
import { stub, type Stub } from '@retort/service-testing';

const digest = digestOfJson('any');
const tools = ['block_card', 'get_balance'].map((name) => ({ name, parameters: { type: 'object', properties: {} } }));

/** Every other decision is about a card, the rest about a balance. */
const rows: TrainingRow[] = Array.from({ length: 100 }, (_, index) =>
  completeTurn({
    id: `d${index}`,
    event_id: `e${index}`,
    tenant: 'acme',
    agent_id: index < 80 ? 'customer' : 'other',
    context: { query: `the ${index % 2 ? 'card' : 'balance'} of ${index}` },
    tool_selected: index % 2 ? 'block_card' : 'get_balance',
    tool_parameters: {},
    toolset: digest,
    decided_by: { kind: 'teacher' as const },
    occurred_at: '2026-01-01T00:00:00.000Z',
    recorded_at: '2026-01-01T00:00:00.000Z',
    position: `1/${index}`,
    quality: 1,
    weight: 1,
  }),
);

const dataset: DatasetView = {
  dataset_version: 'ds1',
  digest,
  purpose: 'policy',
  created_at: '2026-01-01T00:00:00.000Z',
  rows: rows.length,
  log_position: '1',
  manifest: digest,
  summary: {
    run_id: 'r',
    product: 'distillation_training_data',
    dataset_version: 'ds1',
    digest,
    log_position: '1',
    rows: rows.length,
    considered: rows.length,
    duplicates: 0,
    conflicts: 0,
    rejected: {},
    deduplication_rate: 0,
    quality: {},
  },
  quality: {},
};

/** One curated data set and its toolset. */
export const curatedStubs: readonly Stub[] = [
  stub(listDatasets, () => ({ data: [dataset], next_cursor: null, has_more: false })),
  stub(listDatasetRows, () => lines(each())),
  stub(getToolset, () => ({ toolset: digest, name: null, tools })),
];

async function* each() {
  yield* rows;
}
