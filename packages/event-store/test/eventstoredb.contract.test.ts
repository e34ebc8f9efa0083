import { spawnSync } from 'node:child_process';
import { eventStoreContract, type Limits } from '@retort/event-store/contract';
import { GenericContainer, Wait } from 'testcontainers';
import { describe, it } from 'vitest';
import { startEventStoreDbSubject, startOrdinaryUserSubject, subjectAt } from './eventstoredb-subject.ts';

const limits: Limits = {
  'unique-event-ids': 'EventStoreDB compares the ids of a repetition only, not those of the whole log',
  'overlapping-writes': 'the server stores one write after another',
};
const realServerLimits: Limits = {
  ...limits,
  'cut-connections': 'the connections of a real server are not ours to cut',
  restart: 'a real server is not ours to kill',
};

const servers = {
  'wire-level test server': null,
  'server at EVENTSTOREDB_URL': process.env.EVENTSTOREDB_URL ? null : 'EVENTSTOREDB_URL is not set',
  container: whyNoDocker(),
};
for (const [server, reason] of Object.entries(servers))
  print(`${server}: ${reason === null ? 'RUNS' : `SKIPPED, ${reason}`}`);
const skipped = Object.values(servers).filter((reason) => reason !== null).length;
print(`${skipped} of ${Object.keys(servers).length} servers SKIPPED`);

eventStoreContract('eventstoredb, wire-level test server', startEventStoreDbSubject, limits);

eventStoreContract(
  'eventstoredb, wire-level test server, as a user who may read $all',
  startOrdinaryUserSubject,
  limits,
);

orSkip('server at EVENTSTOREDB_URL', (name) =>
  eventStoreContract(name, async () => subjectAt(process.env.EVENTSTOREDB_URL!), realServerLimits),
);

orSkip('container', (name) => eventStoreContract(name, startContainer, realServerLimits));

function print(line: string): void {
  process.stdout.write(`event store contract, EventStoreDB: ${line}\n`);
}

function orSkip(server: keyof typeof servers, contract: (name: string) => void): void {
  const reason = servers[server];
  if (reason === null) contract(`eventstoredb, ${server}`);
  else describe(`event store: eventstoredb, ${server}`, () => it.skip(`keeps the contract [skipped: ${reason}]`));
}

function whyNoDocker(): string | null {
  const { status, error } = spawnSync('docker', ['info'], { timeout: 5_000, stdio: 'ignore' });
  return status === 0 && !error ? null : 'Docker does not answer';
}

async function startContainer() {
  const container = await new GenericContainer(process.env.EVENTSTOREDB_IMAGE ?? 'eventstore/eventstore:23.10.0-jammy')
    .withEnvironment({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_MEM_DB: 'true', EVENTSTORE_CLUSTER_SIZE: '1' })
    .withExposedPorts(2113)
    .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCode(204))
    .start();
  const subject = subjectAt(`esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`);
  return {
    ...subject,
    stop: async () => {
      await subject.stop();
      await container.stop();
    },
  };
}
