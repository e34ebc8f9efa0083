import { readFile, statfs } from 'node:fs/promises';
import type { Database, Queryable } from '@retort/postgres';
import { Gauge, type Registry } from 'prom-client';
import { gaugeReadOnScrape } from '../http/gauge-read-on-scrape.ts';

export interface OperatorMetricsOptions {
  /** Name → pool. */
  pools: () => ReadonlyMap<string, Database>;
  dataFolder: string;
}

/** What an operator asks of the process as such: which build it is, how full its disk is, how busy its connections are. */
export async function operatorMetrics(
  registry: Registry,
  { pools, dataFolder }: OperatorMetricsOptions,
): Promise<void> {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  new Gauge({
    name: 'retort_build_info',
    help: 'Always 1; its labels name the release and its runtime.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version, node: process.versions.node }, 1);
  gaugeReadOnScrape(registry, {
    name: 'retort_database_connections',
    help: 'Connections of a pool to the database by state; callers that wait for one are waiting.',
    labelNames: ['pool', 'state'],
    read: async () =>
      [...pools()].flatMap(([name, { pool }]) => [
        { labels: { pool: name, state: 'busy' }, value: pool.totalCount - pool.idleCount },
        { labels: { pool: name, state: 'idle' }, value: pool.idleCount },
        { labels: { pool: name, state: 'waiting' }, value: pool.waitingCount },
      ]),
  });
  gaugeReadOnScrape(registry, {
    name: 'retort_disk_free_bytes',
    help: 'Room left for the platform on the disk of its data folder.',
    read: async () => {
      const { bavail, bsize } = await statfs(dataFolder);
      return [{ value: bavail * bsize }];
    },
  });
  gaugeReadOnScrape(registry, {
    name: 'retort_disk_size_bytes',
    help: 'Size of the disk of the data folder.',
    read: async () => {
      const { blocks, bsize } = await statfs(dataFolder);
      return [{ value: blocks * bsize }];
    },
  });
}

/** How the runs of a service stand. An agent's runs are of a kind of their own. */
export function runMetrics(registry: Registry, database: Queryable): void {
  gaugeReadOnScrape(registry, {
    name: 'retort_runs',
    help: 'Runs by kind and state; those that are queued wait for their turn.',
    labelNames: ['kind', 'state'],
    read: async () => {
      const { rows } = await database.query<{ kind: string; state: string; count: bigint }>(
        'select kind, state, count(*) from runs group by kind, state',
      );
      return rows.map(({ kind, state, count }) => ({ labels: { kind, state }, value: Number(count) }));
    },
  });
}

/** Events of the log that a service set aside when it folded the log. */
export function unreadableMetric(registry: Registry, database: Queryable): void {
  gaugeReadOnScrape(registry, {
    name: 'retort_unreadable_events',
    help: 'Events of the log that a read model could not take in: of a newer schema, or not what theirs says.',
    read: async () => {
      const { rows } = await database.query<{ count: bigint }>('select count(*) from unreadable_events');
      return [{ value: Number(rows[0]!.count) }];
    },
  });
}

/** Whether a service keeps runs. */
export async function hasRuns(database: Queryable): Promise<boolean> {
  const { rows } = await database.query<{ there: boolean }>("select to_regclass('runs') is not null as there");
  return rows[0]?.there ?? false;
}
