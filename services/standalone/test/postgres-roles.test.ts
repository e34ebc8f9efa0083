import { readFile } from 'node:fs/promises';
import { recordDecision } from '@retort/contracts';
import {
  bootstrap,
  connectInfrastructure,
  createLogger,
  hostServices,
  infrastructureConfig,
  schemaOf,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../src/services.ts';

const script = new URL('../../../docs/how-to/postgres-roles.sql', import.meta.url);
const log = createLogger({ level: 'silent' });
let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

/** The database as the role of a service reaches it. */
function as(service: string): string {
  const url = new URL(database.url);
  url.username = `retort_${schemaOf(service)}`;
  url.password = 'a password';
  return url.href;
}
const infrastructureOf = (databaseUrl: string) =>
  connectInfrastructure(infrastructureConfig.parse({ databaseUrl, dataFolder: folder.path, drainDelayMs: 0 }), log);

beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('postgres-roles');
  const administrator = database.connect();
  const sql = await readFile(script, 'utf8');
  await administrator.query(sql);
  const infrastructure = await infrastructureOf(database.url);
  await bootstrap({ infrastructure, services, tenant: 'acme' });
  await infrastructure.close();
  await administrator.query(sql);
  for (const { name } of services)
    await administrator.query(`alter role retort_${schemaOf(name)} password 'a password'`);
}, 120_000);
afterAll(async () => {
  await database.drop();
  await folder.remove();
});

describe('the role of a service', () => {
  it('is all that the service needs, with tables that somebody else has made', async () => {
    for (const service of services) {
      const infrastructure = await infrastructureOf(as(service.name));
      const host = await hostServices({
        services: [service],
        infrastructure,
        listen: { host: '127.0.0.1', port: 0 },
        env: {},
        log,
      });
      if (service.name === 'decision-ingestion') {
        const { secret } = await host.keys.create({ tenant: 'acme', name: 'agent', scopes: ['decisions:write'] });
        const response = await fetch(new URL(recordDecision.path, host.url), {
          method: 'POST',
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            agent_id: 'loan',
            context: { query: 'a loan' },
            tools_available: [{ name: 'lend' }],
            tool_selected: 'lend',
          }),
        });
        expect(response.status).toBe(201);
      }
      await host.close();
      await infrastructure.close();
    }
  }, 120_000);

  it('neither reads nor writes the schema of another', async () => {
    const others = services.map(({ name }) => schemaOf(name)).filter((schema) => schema !== 'curation');
    const infrastructure = await infrastructureOf(as('curation'));
    const own = infrastructure.database('curation');
    for (const schema of others)
      for (const statement of [`select 1 from ${schema}.migrations`, `create table ${schema}.mine (id int)`])
        await expect(own.query(statement)).rejects.toThrow(`permission denied for schema ${schema}`);
    await expect(own.query('select 1 from curation.migrations')).resolves.toBeDefined();
    await infrastructure.close();
  });
});
