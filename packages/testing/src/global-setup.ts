import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@retort/postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser's URL of the run's Postgres. */
    postgresUrl: string;
  }
}

/** One real Postgres for the whole run. It removes itself and its folder at the end, also when the run is killed.
 *  RETORT_TEST_POSTGRES_URL names another server to use (its user must be allowed to create databases). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.RETORT_TEST_POSTGRES_URL;
  if (given !== undefined) {
    project.provide('postgresUrl', given);
    return async () => undefined;
  }
  const postgres = await startEmbeddedPostgres({
    folder: await mkdtemp(join(tmpdir(), 'retort-test-postgres-')),
    ephemeral: true,
    settings: { shared_buffers: '128MB', max_connections: '300' },
  });
  project.provide('postgresUrl', postgres.url());
  return () => postgres.stop();
}
