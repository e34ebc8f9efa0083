import {
  completeTurn,
  listDatasetRows,
  listDecisions,
  listDistilledModelMetrics,
  type AgreementReport,
  type DecisionView,
  type DistilledModelMetric,
  type TrainingRow,
} from '@retort/contracts';
import { lines } from '@retort/service-kit';
import { stub } from '@retort/service-testing';

const moment = '2026-01-01T00:00:00.000Z';

function decision(id: string): DecisionView {
  return completeTurn({
    id,
    event_id: '00000000-0000-4000-8000-000000000000',
    tenant: 'acme',
    agent_id: 'payments',
    context: { query: 'balance?' },
    toolset: `sha256:${'b'.repeat(64)}`,
    tool_selected: 'balance',
    tool_parameters: {},
    teacher_model: 'teacher-1',
    decided_by: { kind: 'teacher' },
    occurred_at: moment,
    recorded_at: moment,
    position: '0/0',
  });
}
const trainingRow = (id: string): TrainingRow => ({ ...decision(id), quality: null, weight: 1 });

const nothing = { value: null, numerator: 0, denominator: 0 };
const report: AgreementReport = {
  decisions: 0,
  tool_agreement: nothing,
  call_agreement: nothing,
  coverage: nothing,
  served_tool_agreement: nothing,
  served_call_agreement: nothing,
  majority_baseline: null,
};
const metric = (evaluation_id: string, source: string): DistilledModelMetric => ({
  model: 'tool-calling',
  model_version: 'm1',
  evaluation_id,
  source,
  measured_at: moment,
  report,
});

async function* each<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

/** Two pages of a row each. */
function pages<Row>(cursor: string | undefined, row: (index: number) => Row) {
  const index = Number(cursor ?? 0);
  return { data: [row(index)], next_cursor: index === 0 ? '1' : null, has_more: index === 0 };
}

/** The owners of the rows. Rows say what was asked for: the version by their id, moments and limit where there is room. */
export const owners = [
  stub(listDatasetRows, ({ params: { version }, query: { cursor }, wanted }) => {
    const row = (index: number) => trainingRow(`${version}-${index}`);
    return wanted === 'lines' ? lines(each([row(0), row(1)])) : pages(cursor, row);
  }),
  stub(listDistilledModelMetrics, ({ query: { cursor, as_of, recorded_as_of } }) =>
    pages(cursor, (index) => metric(`e${index}`, `${as_of} ${recorded_as_of}`)),
  ),
  stub(listDecisions, ({ query: { limit, recorded_as_of } }) => ({
    data: [decision(`${limit} ${recorded_as_of}`)],
    next_cursor: null,
    has_more: false,
  })),
];
