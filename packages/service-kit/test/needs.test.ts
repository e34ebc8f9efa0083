import { temporaryFolder, testDatabase } from '@retort/testing';
import { startEventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  type Infrastructure,
  type Need,
} from '../src/index.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let infrastructure: Infrastructure;
const log = createLogger({ level: 'silent' });

/** An event store that does not answer. */
beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('needs');
  const server = await startEventStoreDbServer();
  await server.stop();
  const config = infrastructureConfig.parse({
    databaseUrl: database.url,
    dataFolder: folder.path,
    drainDelayMs: 0,
    eventStore: 'eventstoredb',
    eventStoreUrl: server.connectionString,
  });
  infrastructure = await connectInfrastructure(config, log);
});
afterAll(async () => {
  await infrastructure.close();
  await database.drop();
  await folder.remove();
});

const migrations = new URL('./migrations/learner/', import.meta.url);
const serviceOf = (name: string, needs?: readonly Need[]) =>
  defineService({ name, ...(needs ? { needs } : {}), config: z.object({}), migrations, build: () => ({}) });

async function readinessOf(...services: ReturnType<typeof serviceOf>[]) {
  const host = await hostServices({
    services,
    infrastructure,
    log,
    env: {},
    settings: {},
    listen: { host: '127.0.0.1', port: 0 },
  });
  const response = await fetch(`${host.url}/readyz`);
  await host.close();
  return { status: response.status, body: (await response.json()) as { services: Record<string, unknown> } };
}

describe('readiness, while the event store is away', () => {
  it('is kept by services that do not need it', async () => {
    const { status, body } = await readinessOf(serviceOf('student', ['database']));
    expect([status, body.services['infrastructure']]).toEqual([200, { database: 'ok' }]);
  });

  it('is lost where one of the services needs it, and names it', async () => {
    const { status, body } = await readinessOf(serviceOf('student', ['database']), serviceOf('recorder'));
    expect([status, body.services['infrastructure']]).toEqual([
      503,
      expect.objectContaining({ database: 'ok', event_store: 'failed', bus: 'ok' }),
    ]);
  });
});
