import type { EventStore } from '@retort/event-store';
import { fault } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import { checkpointAt, readModelsLock } from '../events/consumer-tables.ts';
import { removeTenant } from '../access/remove-tenants.ts';
import { foldLog, type LogReader } from '../events/fold-log.ts';
import { readModelsReader } from '../events/fold-read-models.ts';
import type { FoldedTable, LogFold, OnProgress, ReadModel } from '../types.ts';
import { compareTables, type TableComparison } from './compare.ts';
import { healTables } from './heal.ts';
import { closeShadow, dropShadow, openShadow, type Shadow } from './shadow.ts';
import { surveyOf } from './survey.ts';

/** A service whose tables can be made again. */
export interface Rebuildable {
  name: string;
  schema: string;
  database: Database;
  readModels: readonly ReadModel[];
  logFolds: readonly LogFold[];
}

export interface Rebuilding {
  store: Pick<EventStore, 'readAll' | 'head'>;
  services: readonly Rebuildable[];
  /** The same again goes on where it was left. */
  purpose: string;
  /** Events in one transaction. */
  batchSize?: number;
  signal: AbortSignal;
  report: OnProgress;
}

export interface UnreadableEvent {
  service: string;
  event_id: string;
  event_type: string;
  version: number;
  error: string;
}

/** Tables of the services as the log makes them, beside those that are read. */
export interface Rebuilt {
  /** Events that were folded since it was begun or taken up again. */
  events: number;
  unreadable: readonly UnreadableEvent[];
  /** Digests of the artifacts that the log names. */
  artifacts(): ReadonlySet<string>;
  /** Compares the tables of each service at one place in the log; its writers wait until a snapshot is taken. */
  compare(): Promise<Map<string, TableComparison[]>>;
  /** Puts right what the comparison found. Readers go on meanwhile; writers of the same service wait.
   *  @returns how many rows were written or removed */
  heal(comparisons: ReadonlyMap<string, readonly TableComparison[]>): Promise<number>;
}

const caughtUpWithin = 2_000;

/** Folds the log, from its beginning, into tables beside those that are read, and hands them to `work`. Whoever is
 *  interrupted before the end leaves what is read untouched and goes on with the same purpose; the tables beside are removed
 *  when `work` has ended.
 *  @throws `rebuilds.in-progress` (409) when another process is at it */
export async function makeAgain<Result>(
  options: Rebuilding,
  work: (rebuilt: Rebuilt) => Promise<Result>,
): Promise<Result> {
  const shadows = new Map<Rebuildable, Shadow>();
  try {
    return await alone(options.services, (lost) => withShadows(options, { work, lost, shadows }));
  } finally {
    await Promise.all([...shadows.values()].map(closeShadow));
  }
}

interface Making<Result> {
  work: (rebuilt: Rebuilt) => Promise<Result>;
  lost: AbortSignal;
  shadows: Map<Rebuildable, Shadow>;
}

async function withShadows<Result>(options: Rebuilding, { work, lost, shadows }: Making<Result>): Promise<Result> {
  const { store, services, purpose, report } = options;
  const signal = AbortSignal.any([options.signal, lost]);
  const survey = surveyOf(store);
  for (const service of services)
    shadows.set(service, await openShadow({ ...service, tables: tablesOf(service), purpose }));
  const catchUp = async (behind: readonly Rebuildable[], told?: OnProgress) => {
    const into = (await Promise.all(behind.map((one) => readersOf(one, shadows.get(one)!, store)))).flat();
    const folded = await foldLog({ store, into, batchSize: options.batchSize, signal, ...(told && { report: told }) });
    await survey.readOn(signal);
    for (const tenant of survey.deletedTenants())
      for (const service of behind) await removeTenant(shadows.get(service)!.database, tenant, signal);
    return folded;
  };
  const folded = { events: 0 };
  // The log grows meanwhile: the rest shrinks with every pass.
  for (let more = Infinity; more >= caughtUpWithin; folded.events += more)
    more = (await catchUp(services, (progress) => report({ ...progress, fraction: 0.8 * progress.fraction }))).events;
  const result = await work({
    ...folded,
    artifacts: survey.artifacts,
    unreadable: (await Promise.all(services.map((one) => unreadable(one, shadows.get(one)!)))).flat(),
    async compare() {
      const compared = new Map<string, TableComparison[]>();
      for (const [index, service] of services.entries()) {
        signal.throwIfAborted();
        report({ fraction: 0.8 + (0.15 * index) / services.length, step: `comparing ${service.name}` });
        const shadow = shadows.get(service)!;
        compared.set(service.name, await compare(shadow, () => catchUp([service])));
      }
      return compared;
    },
    async heal(comparisons) {
      let healed = 0;
      for (const service of services) {
        const found = comparisons.get(service.name)!;
        if (found.every(({ equal }) => equal)) continue;
        signal.throwIfAborted();
        report({ fraction: 0.95, step: `putting ${service.name} right` });
        const shadow = shadows.get(service)!;
        healed += await level(
          shadow.live,
          () => catchUp([service]),
          (transaction) => healTables(transaction, shadow, found),
        );
      }
      return healed;
    },
  });
  for (const shadow of shadows.values()) await dropShadow(shadow);
  return result;
}

export function rebuildInProgress() {
  return fault('rebuilds.in-progress', { public: 'A rebuild or a verification of these tables is under way.' });
}

/** Several read models may fill one table: it is compared once. */
function tablesOf({ readModels, logFolds }: Rebuildable): FoldedTable[] {
  const tables = [...readModels, ...logFolds].flatMap(({ fills }) => fills);
  return [...new Map(tables.map((table) => [table.name, table])).values()];
}

/** To where the service itself has come: what it keeps with a loop to the loop's place, the rest to the end of the log. */
async function readersOf(
  { readModels, logFolds }: Rebuildable,
  { database, live }: Shadow,
  store: Pick<EventStore, 'head'>,
): Promise<LogReader[]> {
  const head = await store.head();
  const readers =
    head === null || readModels.length === 0 ? [] : [readModelsReader(database, { readModels, until: head })];
  for (const { name, fold, setAside } of logFolds) {
    const until = await checkpointAt(live, name);
    if (until !== null) readers.push({ database, checkpoint: name, until, fold, setAside });
  }
  return readers;
}

async function unreadable({ name }: Rebuildable, { database }: Shadow): Promise<UnreadableEvent[]> {
  const { rows } = await database.query<Omit<UnreadableEvent, 'service'>>(
    'select event_id, event_type, version, error from unreadable_events order by event_id limit 1000',
  );
  return rows.map((row) => ({ service: name, ...row }));
}

/** The snapshot is taken while the writers wait; reading all rows goes on beside them. */
async function compare(shadow: Shadow, catchUp: () => Promise<unknown>): Promise<TableComparison[]> {
  return shadow.live.transaction(async (snapshot) => {
    await snapshot.query('set transaction isolation level repeatable read');
    // A snapshot begins with the first read.
    await level(shadow.live, catchUp, () => snapshot.query('select from checkpoints limit 1'));
    return compareTables(snapshot, shadow);
  });
}

/** Runs `work` while both sets of tables stand at one place and whoever writes into those that are read waits. */
async function level<Result>(
  live: Database,
  catchUp: () => Promise<unknown>,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  return live.transaction(async (transaction) => {
    await transaction.query(`select pg_advisory_xact_lock(${readModelsLock})`);
    await catchUp();
    return work(transaction);
  });
}

/** Holds one lock a service. They go with their connection, and then `lost` aborts. */
async function alone<Result>(
  services: readonly Rebuildable[],
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController();
  if (!services[0]) return work(lost.signal);
  const client = await services[0].database.pool.connect();
  client.on('error', (error) => lost.abort(error));
  const each = (lock: string) =>
    client.query<{ mine: boolean }>(
      `select ${lock}(hashtextextended('rebuild ' || schema, 0)) as mine from unnest($1::text[]) schema`,
      [services.map(({ schema }) => schema)],
    );
  try {
    const { rows } = await each('pg_try_advisory_lock');
    if (rows.some(({ mine }) => !mine)) throw rebuildInProgress();
    return await work(lost.signal);
  } finally {
    // The server notices the end of a connection in its own time: who tries again at once must not find the lock taken.
    await client.query('select pg_advisory_unlock_all()').catch((error: Error) => lost.abort(error));
    // Not into the pool again: a session's lock ends with its connection at the latest.
    client.release(true);
  }
}
