import pg from 'pg';
import { fault } from '@retort/kernel';
import { postgresFault } from './faults.ts';
import { identifier } from './identifier.ts';
import type { Database, Queryable, QueryResult } from './port.ts';

export interface ConnectOptions {
  url: string;
  /** First and only schema of the search path; the server's default path when absent. */
  schema?: string;
  /** Connections at most; 10 when absent. */
  max?: number;
  /** What `pg_stat_activity` calls us. */
  applicationName?: string;
  /** Milliseconds after which the server gives a statement up; 60 000 when absent, 0 for never. */
  statementTimeoutMs?: number;
  /** Told when an idle connection was lost. The pool replaces it by itself. */
  onConnectionLost?: (error: Error) => void;
}

/** Opens a pool. `int8`, `xid8` and `count(*)` come back as `bigint`, so that no offset is ever rounded; `numeric` as
 *  text, timestamps as `Date`, `json` parsed. Nothing is connected until the first query. */
export function connectDatabase(options: ConnectOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'retort',
    // pg_temp last: a temporary table can never shadow one of the schema's.
    ...(options.schema === undefined ? {} : { options: `-c search_path=${identifier(options.schema)},pg_temp` }),
    statement_timeout: options.statementTimeoutMs ?? 60_000,
    idle_in_transaction_session_timeout: 60_000,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: { getTypeParser },
  });
  let closed = false;
  const lost = (error: Error) => {
    // A connection that is being closed may learn first that its server is going, too.
    if (!closed) options.onConnectionLost?.(error);
  };
  // A connection that breaks while it is idle or between two queries emits 'error'; without a listener that would end
  // the process. The next query on it fails by itself and is reported there.
  pool.on('error', lost);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    pool,
    query: (sql, values) => run(pool, sql, values),
    transaction: (work) => inTransaction(pool, work),
    close: () => {
      closed = true;
      return pool.end();
    },
  };
}

/** Opens a pool to the same database, for work that must not take the connections of those who use the first. */
export function connectBeside(database: Database, options: Omit<ConnectOptions, 'url'>): Database {
  const { connectionString } = database.pool.options;
  if (connectionString === undefined) throw new TypeError('the pool was opened without a connection string');
  return connectDatabase({ ...options, url: connectionString });
}

const { builtins } = pg.types;
const xid8 = 5069;
const toBigInt = (text: string) => BigInt(text);

function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (format !== 'binary' && (oid === builtins.INT8 || oid === xid8)) return toBigInt;
  return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
}

async function run<Row extends object>(
  target: pg.Pool | pg.PoolClient,
  sql: string,
  values: readonly unknown[] | undefined,
): Promise<QueryResult<Row>> {
  try {
    const result = await target.query<Row>(sql, values as unknown[] | undefined);
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  } catch (error) {
    throw postgresFault(error);
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (transaction: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw postgresFault(error);
  });
  // A connection whose state is unknown must not go back to the pool: the next user would inherit the transaction.
  let broken = true;
  try {
    await run(client, 'begin', undefined);
    const result = await work({ query: (sql, values) => run(client, sql, values) });
    await commit(client);
    broken = false;
    return result;
  } catch (error) {
    broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    throw postgresFault(error);
  } finally {
    client.release(broken);
  }
}

/** Postgres answers the commit of a failed transaction with a quiet ROLLBACK: work that swallowed the error of one of
 *  its statements would believe itself stored. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit');
  if (command !== 'COMMIT')
    throw fault('postgres.transaction-aborted', {
      public: 'The transaction could not be committed: one of its statements had failed.',
    });
}
