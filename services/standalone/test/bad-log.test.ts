import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { listDecisions, rebuilds, verifications, type LogDifference } from '@retort/contracts';
import { connectInfrastructure, createLogger, infrastructureConfig } from '@retort/service-kit';
import type { NewEvent } from '@retort/event-store';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

const golden = (name: string) =>
  readFile(new URL(`../../../packages/contracts/golden/${name}.json`, import.meta.url), 'utf8').then(
    (text) => JSON.parse(text) as Record<string, unknown>,
  );
const tenant = 'default';

function event(type: string, aggregate: string, data: object, version = 1): NewEvent {
  return {
    id: randomUUID(),
    type,
    version,
    tenant,
    aggregateType: aggregate,
    aggregateId: 'bad',
    occurredAt: '2026-03-02T09:00:00.000Z',
    causationId: null,
    correlationId: 'bad-log',
    json: JSON.stringify(data),
  };
}

describe.each(['postgres', 'eventstoredb'] as const)('a platform on a bad log in %s', (eventStore) => {
  let database: TestDatabase;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: EventStoreDbServer | null;
  let platform: Platform;
  const bad: Record<'half' | 'unknown' | 'newer' | 'broken' | 'curated', NewEvent> = {} as never;
  const silent = createLogger({ level: 'silent' });
  const settings = () => ({
    databaseUrl: database.url,
    dataFolder: folder.path,
    logLevel: 'silent',
    drainDelayMs: 0,
    ...(server ? { eventStore: 'eventstoredb', eventStoreUrl: server.connectionString } : {}),
  });
  const start = async () => {
    platform = await startPlatform(standaloneConfig.parse({ ...settings(), port: 0 }), silent);
  };

  beforeAll(async () => {
    database = await testDatabase();
    folder = await temporaryFolder('bad-log');
    server = eventStore === 'eventstoredb' ? await startEventStoreDbServer() : null;
    const curated = await golden('training-data-curated.v1.artifacts');
    const gone = { manifest: `sha256:${'ab'.repeat(32)}`, rejections: `sha256:${'ab'.repeat(32)}` };
    bad.curated = event('TRAINING_DATA_CURATED', 'dataset', { ...curated, ...gone });
    // Of a batch whose first request, with its toolset, was lost with the server: the log ends within the group.
    bad.half = event('AGENT_TOOL_SELECTED', 'agent', await golden('agent-tool-selected.v2'), 2);
    bad.unknown = event('NOBODY_KNOWS', 'agent', { anything: true });
    bad.newer = event('MODEL_TRAINED', 'model', { of: 'another release' }, 99);
    bad.broken = event('MODEL_EVALUATED', 'evaluation', { model: 1 });
    const infrastructure = await connectInfrastructure(infrastructureConfig.parse(settings()), silent);
    for (const one of [bad.curated, bad.unknown, bad.newer, bad.broken, bad.half])
      await infrastructure.events.append({
        stream: `${one.aggregateType}-${tenant}.bad`,
        expected: 'any',
        events: [one],
      });
    await infrastructure.close();
    await start();
  }, 180_000);
  afterAll(async () => {
    await platform.close();
    await server?.stop();
    await database.drop();
    await folder.remove();
  });

  async function call<Body>(method: string, path: string): Promise<Body> {
    const headers = { authorization: `Bearer ${await platform.folderKey()}` };
    return (await (await fetch(`${platform.url}${path}`, { method, headers })).json()) as Body;
  }
  const ended = <View extends { finished_at: string | null }>(path: string) =>
    until(
      `${path} ends`,
      async () => {
        const view = await call<View>('GET', path);
        return view.finished_at !== null && view;
      },
      120_000,
    );
  const run = async <View extends { finished_at: string | null }>(path: string) =>
    ended<View>(`${path}/${(await call<{ run_id: string }>('POST', path)).run_id}`);

  it('starts, answers, and counts what it set aside', async () => {
    const known = await until('the decision is projected', async () => {
      const { data } = await call<{ data: { id: string }[] }>('GET', listDecisions.path);
      return data.length > 0 && data;
    });
    expect(known.map(({ id }) => id)).toEqual([(JSON.parse(bad.half.json) as { id: string }).id]);
    expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
    const metrics = await (await fetch(`${platform.url}/metrics`)).text();
    const counted = (service: string) =>
      new RegExp(`^retort_unreadable_events\\{service="${service}"\\} (\\d+)`, 'm').exec(metrics)?.[1];
    expect(counted('training-orchestration')).toBe('1');
    expect(counted('evaluation')).toBe('1');
  });

  it('names each event that nobody can read, and the artifact that is gone', async () => {
    const { state, differences } = await run<{
      state: string;
      differences: LogDifference[];
      finished_at: string | null;
    }>(verifications.list.path);
    expect(state).toBe('succeeded');
    const other = (kind: string, what: string, id: string) => ({ kind, what, service: null, table: null, id });
    const named = differences.filter(({ kind }) => kind !== 'row');
    for (const expected of [
      other('event', 'unreadable', bad.newer.id),
      other('event', 'unreadable', bad.broken.id),
      other('event', 'unknown', `${bad.unknown.id} NOBODY_KNOWS`),
      other('artifact', 'missing', `sha256:${'ab'.repeat(32)}`),
    ])
      expect(named).toContainEqual(expected);
    expect(differences.filter(({ kind }) => kind === 'row')).toEqual([]);
  }, 120_000);

  it('rebuilds the rest, and goes on with a rebuild that was broken off', async () => {
    const { run_id } = await call<{ run_id: string }>('POST', rebuilds.list.path);
    await platform.close();
    await start();
    const rebuilt = await ended<{ state: string; unreadable: { event_id: string }[]; finished_at: string | null }>(
      `${rebuilds.list.path}/${run_id}`,
    );
    expect(rebuilt).toMatchObject({ state: 'succeeded', missing_artifacts: [`sha256:${'ab'.repeat(32)}`] });
    const named = new Set(rebuilt.unreadable.map(({ event_id }) => event_id));
    expect(named).toEqual(new Set([bad.newer.id, bad.broken.id]));
  }, 180_000);
});
