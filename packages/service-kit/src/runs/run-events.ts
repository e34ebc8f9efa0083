import type { EventData } from '@retort/contracts';
import { nameBasedId, type JsonObject } from '@retort/kernel';
import { recordEvent } from '../events/record-event.ts';
import { readModel } from '../events/handlers.ts';
import type { FoldedTable, ReadModel, ServiceContext } from '../types.ts';
import type { Run } from './run.ts';

/** What runs need of their service. */
export type RunContext = Pick<
  ServiceContext<unknown>,
  'name' | 'db' | 'clock' | 'newId' | 'events' | 'log' | 'tracing'
>;

/** Namespace of the events' ids. */
const ends = '9d7c3a52-8d0e-5b7b-9a43-5f0b1f3c2e10';

/** Puts the end of a run on the record, in the stream of the run. An agent's run that decided to do nothing is no fact: it
 *  changed nothing. */
export async function recordEnd<Input, Result>(
  context: Pick<RunContext, 'name' | 'clock' | 'newId' | 'events'>,
  kind: string,
  run: Run<Input, Result>,
): Promise<void> {
  if (run.finishedAt === null || run.state === 'queued' || run.state === 'running' || run.record.decision === null)
    return;
  const { runId, tenant, trace, state, input, result, progress, error, attempt, trigger, record } = run;
  await recordEvent(context, {
    type: 'RUN_ENDED',
    tenant,
    aggregateId: runId,
    trace,
    occurredAt: run.finishedAt,
    id: nameBasedId(ends, `${context.name} ${kind} ${runId} ${run.finishedAt}`),
    data: {
      service: context.name,
      kind,
      run_id: runId,
      state,
      error,
      attempt,
      trigger,
      input: input as JsonObject,
      result: result as JsonObject,
      record: record as JsonObject,
      ...progress,
      created_at: run.createdAt,
      started_at: run.startedAt,
      finished_at: run.finishedAt,
    },
  });
}

/** What a process keeps of a run while it waits or runs is nobody else's. Runs of releases before 0.2 have no event. */
const endedRunsTable: FoldedTable = {
  name: 'runs',
  columns: [
    'tenant',
    'state',
    'input',
    'result',
    'fraction',
    'step',
    'error',
    'correlation_id',
    'created_at',
    'started_at',
    'finished_at',
    'kind',
    'attempt',
    'trigger',
    'record',
  ],
  where: `finished_at is not null and not record @> '{"decision": null}'`,
  mayHoldMore: true,
};

/** The runs of a service that ended, made again from the log; those under way are not on the record. */
export function endedRuns({ name }: Pick<RunContext, 'name'>): ReadModel {
  return readModel(
    'RUN_ENDED',
    async ({ tenant, trace, causationId, data }, transaction) => {
      if (data.service !== name) return;
      await transaction.query(
        `insert into runs (run_id, tenant, state, input, result, fraction, step, error, correlation_id, causation_id,
           created_at, started_at, finished_at, kind, attempt, trigger, record)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         on conflict (run_id) do update set
           state = excluded.state, result = excluded.result, fraction = excluded.fraction, step = excluded.step,
           error = excluded.error, started_at = excluded.started_at, finished_at = excluded.finished_at,
           record = excluded.record
         where runs.finished_at < excluded.finished_at`,
        [...keyOf(data, tenant), ...outcomeOf(data), trace.correlationId, causationId, ...aboutOf(data)],
      );
    },
    { follows: 'log', fills: [endedRunsTable] },
  );
}

type Ended = EventData<'RUN_ENDED'>;

function keyOf({ run_id, state, input }: Ended, tenant: string) {
  return [run_id, tenant, state, JSON.stringify(input)];
}
function outcomeOf({ result, fraction, step, error }: Ended) {
  return [JSON.stringify(result), fraction, step, error && JSON.stringify(error)];
}
function aboutOf({ created_at, started_at, finished_at, kind, attempt, trigger, record }: Ended) {
  return [
    created_at,
    started_at,
    finished_at,
    kind,
    attempt,
    trigger && JSON.stringify(trigger),
    JSON.stringify(record),
  ];
}
