import { curationRuns, recordDecisions, scopes, urlOf, type CurationRun } from '@retort/contracts';
import { startEmbeddedPostgres } from '@retort/postgres';
import { connectInfrastructure, createLogger, hostServices, infrastructureConfig } from '@retort/service-kit';
import { createTraffic, simulateDecision } from '@retort/simulator';
import { temporaryFolder, until } from '@retort/testing';
import fastify from 'fastify';
import { services } from '../../src/services.ts';

/** The whole platform in a process of its own, with a curated data set of simulated decisions, and beside it a bare route that
 *  answers as much as a page holds. Tells its parent where they are. */
const decisions = Number(process.env['BENCH_DECISIONS']);
const folder = await temporaryFolder('queries-bench');
const postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
const log = createLogger({ level: 'error' });
const infrastructure = await connectInfrastructure(
  infrastructureConfig.parse({ databaseUrl: postgres.url(), dataFolder: folder.path, drainDelayMs: 0 }),
  log,
);
const host = await hostServices({
  services,
  infrastructure,
  listen: { host: '127.0.0.1', port: 0 },
  env: { RETORT_CURATION_AUTO: 'false', RETORT_TRAINING_ORCHESTRATION_AUTO: 'false' },
  log,
});
const { secret: key } = await host.keys.create({ tenant: 'bench', name: 'bench', scopes: [...scopes] });

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(new URL(path, host.url), {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Of the log and of every table made of it. */
const bytesStored = async () => {
  const { rows } = await infrastructure
    .database('public')
    .query<{ bytes: string }>('select pg_database_size(current_database()) bytes');
  return Number(rows[0]!.bytes);
};
const bytesBefore = await bytesStored();

const traffic = createTraffic({ seed: 'queries' });
for (let sent = 0; sent < decisions; sent += 500)
  await call(
    'POST',
    recordDecisions.path,
    Array.from({ length: Math.min(500, decisions - sent) }, () => {
      const request = traffic.next();
      return simulateDecision(request, { call: request.truth, timestamp: '2026-03-02T09:00:00.000Z' });
    }),
  );
const { run_id } = (await call('POST', curationRuns.create.path, {})) as CurationRun;
await until('the data set is published', async () => {
  const run = (await call('GET', urlOf(curationRuns.get, { params: { run_id } }))) as CurationRun;
  if (run.state === 'failed') throw new Error(run.error?.message);
  return run.state === 'succeeded';
});

const bytesOfDecision = Math.round(((await bytesStored()) - bytesBefore) / decisions);

const bare = fastify();
const page = { data: Array.from({ length: 50 }, (_, index) => ({ id: index, padding: 'x'.repeat(1_500) })) };
bare.get('/bare', () => page);
const bareUrl = await bare.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ url: host.url, key, bareUrl, bytesOfDecision });
process.on('message', () => {
  void Promise.all([bare.close(), host.close()])
    .then(() => infrastructure.close())
    .then(() => postgres.stop())
    .then(() => folder.remove())
    .then(() => process.exit(0));
});
