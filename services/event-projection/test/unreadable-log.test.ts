import { createLogger } from '@retort/service-kit';
import { until } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, registered, startProjection, type StartedProjection } from './host.ts';

interface Line {
  level: string;
  message: string;
  err?: object;
}

let server: EventStoreDbServer;
let projection: StartedProjection;
const lines: Line[] = [];
beforeAll(async () => {
  server = await startEventStoreDbServer();
  const url = new URL(server.connectionString);
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(JSON.parse(line) as Line) } });
  projection = await startProjection({
    log,
    infrastructure: { eventStore: 'eventstoredb', eventStoreUrl: `${url.protocol}//clerk:hush@${url.host}/?tls=false` },
  });
  await projection.record(registered(), decided('one'));
});
afterAll(async () => {
  await projection.close();
  await server.stop();
});

const readiness = async () => (await fetch(new URL('/readyz', projection.host.url))).status;
const trouble = () => lines.filter(({ level }) => level === 'error' || level === 'warn');

describe('readers whose user loses the right to read $all', () => {
  it('say once who may not read what and what to do, without a stack, and go on when it has it again', async () => {
    lines.length = 0;
    server.revoke(['read-all']);
    await server.dropConnections();
    await until('the readers have noticed', () => trouble().length > 0);
    for (let asked = 0; asked < 30; asked++) expect(await readiness()).toBe(503);
    const messages = trouble().map(({ message }) => message);
    expect(messages.filter((message) => /as user "clerk".*Give it the read role on \$all/.test(message))).not.toEqual(
      [],
    );
    expect(messages).toEqual([...new Set(messages)]);
    expect(trouble().filter(({ err }) => err !== undefined)).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain('hush');

    server.revoke([]);
    await until('the readers go on', async () => (await readiness()) === 200);
    await projection.record(decided('two'));
    expect(lines.some(({ message }) => message === 'the event store answers again')).toBe(true);
  });
});
