import { temporaryFolder, until } from '@retort/testing';
import { whyNoKafka } from '@retort/testing/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlatformProcess } from '../chaos/platform-process.ts';
import { iterate, type Figures } from './iteration.ts';
import { distributedPlatform, manual, startServers, type Distributed, type Servers } from './platform.ts';
import { prepared } from './service-process.ts';

const reason = await whyNoKafka();
if (reason !== null) process.stderr.write(`\nThe distributed platform is NOT tested: ${reason}.\n`);

const waitsWithinMs = 240_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let servers: Servers;
let platform: Distributed;

beforeAll(async () => {
  if (reason !== null) return;
  folder = await temporaryFolder('distributed');
  servers = await startServers(folder.path);
  platform = await distributedPlatform(servers, folder.path);
});
afterAll(async () => {
  await Promise.all((platform?.processes ?? []).map((process) => process.stop()));
  await servers?.stop();
  await folder?.remove();
});

/** The service of each process and for what it waits, sorted. */
async function waiting(): Promise<string[]> {
  const told = await Promise.all(
    platform.processes.map(async ({ name, readiness }) => {
      const answer = await readiness();
      return answer?.body['status'] === 'waiting' ? `${name}: ${String(answer.body['code'])}` : [];
    }),
  );
  return told.flat().sort();
}
const services = () => platform.processes.filter(({ name }) => name !== 'edge').map(({ name }) => name);
const everyone = (code: string) =>
  services()
    .map((name) => `${name}: ${code}`)
    .sort();
/** Until every process waits for the same; a process that has ended is an error at once. */
const waitFor = (code: string) =>
  until(
    `every process to wait for ${code}`,
    async () => (await waiting()).join() === everyone(code).join(),
    waitsWithinMs,
  );

const forEventStore = 'curation: event-store.unavailable';

let embedded: Figures;
let distributed: Figures;
const incidents: string[] = [];

describe.skipIf(reason !== null)('the platform, a process for each service', () => {
  it('starts in any order before its servers do, and says for which it waits', async () => {
    await servers.stopPostgres();
    await servers.kafka.crash?.kill();
    await servers.eventStore?.stop();
    for (const process of platform.processes.toReversed()) await process.start();
    await waitFor('postgres.unavailable');
    expect(await platform.edge.readiness()).toMatchObject({ status: 503, body: { status: 'unavailable' } });
    await servers.startPostgres();
    await waitFor('event-bus.unavailable');
    await servers.kafka.crash?.restart();
    if (servers.eventStore) {
      // The gateway has begun: it can do its work without the log.
      await until(
        'readers of the log to wait for it',
        async () => {
          const told = await waiting();
          return told.includes(forEventStore) && told.every((line) => line.endsWith('event-store.unavailable'));
        },
        waitsWithinMs,
      );
      await servers.eventStore.restart();
    }
    await Promise.all(platform.processes.map((process) => process.ready()));
  });

  it('is given its tenant and its first key once, however often it is asked', async () => {
    const environment = { ...platform.environment, RETORT_BOOTSTRAP_KEY: platform.key, RETORT_LOG_LEVEL: 'error' };
    await prepared(environment);
    await prepared(environment);
  });

  it('comes to the figures of one process, whatever is killed on the way', async () => {
    const killAndStart = async (service: string) => {
      incidents.push(service);
      const killed = platform.first(service);
      await killed.kill();
      await killed.start();
    };
    const course = [
      () => killAndStart('decision-ingestion'),
      async () => {
        incidents.push('the broker');
        await servers.kafka.crash?.kill();
        await servers.kafka.crash?.restart();
      },
      () => killAndStart('event-projection'),
      async () => {
        incidents.push('Postgres');
        await servers.killPostgres();
      },
      async () => {
        incidents.push('the event store');
        await servers.eventStore?.restart();
      },
      () => killAndStart('edge'),
    ];
    distributed = await iterate(
      { url: platform.edge.url, key: platform.key },
      {
        afterBatch: async (batch) => course[batch]?.(),
        whileTraining: () => killAndStart('training-orchestration'),
      },
    );
    await until('every process to be ready', async () => (await platform.edge.readiness())?.body['status'] === 'ok');
    const alone = await startPlatformProcess({
      RETORT_DATA_FOLDER: `${folder.path}/embedded`,
      RETORT_AUTO: 'true',
      ...manual,
    });
    embedded = await iterate({ url: alone.url, key: alone.apiKey }).finally(() => alone.stop());
    process.stdout.write(tableOf({ embedded, distributed }));
    expect(distributed).toEqual(embedded);
    expect(embedded.proposed).toBeGreaterThan(0);
  });
});

/** The two runs, side by side. */
function tableOf(runs: { embedded: Figures; distributed: Figures }): string {
  const rows = (Object.keys(runs.embedded) as (keyof Figures)[]).map((figure) =>
    [
      figure.padEnd(14),
      ...[runs.embedded, runs.distributed].map((run) => String(run[figure]).slice(0, 30).padEnd(31)),
    ].join(' '),
  );
  const head = `\n${platform.processes.length} processes; killed on the way: ${incidents.join(', ')}\n`;
  return `${head}${' '.repeat(15)}${'one process'.padEnd(32)}distributed\n${rows.join('\n')}\n`;
}
