import { migrate } from '@retort/postgres';
import { schemaOf } from '../define-service.ts';
import type { ServiceDefinition } from '../types.ts';
import type { Infrastructure } from './infrastructure.ts';

const accessMigrations = new URL('../../migrations/access/', import.meta.url);

/** Brings the schemas of the kit and of every service up to date, each under its own advisory lock. */
export async function migrateAll(
  infrastructure: Infrastructure,
  services: readonly ServiceDefinition[],
): Promise<void> {
  await migrate({ target: infrastructure.database('access'), schema: 'access', folder: accessMigrations });
  for (const { name, migrations } of services)
    await migrate({ target: infrastructure.database(schemaOf(name)), schema: schemaOf(name), folder: migrations });
}
