import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createLogger } from '@retort/service-kit';
import { createTraffic, domainAgents, simulateDecision } from '@retort/simulator';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { everything, measurements, routeOf } from './everything.ts';

const agents = domainAgents.slice(0, 2);
const traffic = createTraffic({ seed: 'rebuild', agents });
const decisions = Array.from({ length: 400 }, () => {
  const request = traffic.next();
  return simulateDecision(request, { call: request.truth, timestamp: '2026-03-02T09:00:00.000Z' });
});

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let key: string;
let teacher: Server;
let asked = 0;

/** An OpenAI-compatible teacher that always calls the first tool it is offered, and counts. */
async function startTeacher(): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      asked++;
      const { tools } = JSON.parse(text) as { tools: { function: { name: string } }[] };
      const call = { id: 'c1', type: 'function', function: { name: tools[0]!.function.name, arguments: '{}' } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          ...{ id: 'a1', object: 'chat.completion', created: 0, model: 'the-teacher' },
          choices: [
            {
              index: 0,
              finish_reason: 'tool_calls',
              message: { role: 'assistant', content: null, tool_calls: [call] },
            },
          ],
          usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
        }),
      );
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function start(): Promise<void> {
  const config = { databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 };
  platform = await startPlatform(standaloneConfig.parse(config), createLogger({ level: 'silent' }));
  key = await platform.folderKey();
  await caughtUp();
}

beforeAll(async () => {
  teacher = await startTeacher();
  vi.stubEnv('RETORT_TEACHER_BASE_URL', `http://127.0.0.1:${(teacher.address() as AddressInfo).port}/v1`);
  database = await testDatabase();
  folder = await temporaryFolder('rebuild');
  await start();
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  teacher.closeAllConnections();
  await new Promise((resolve) => teacher.close(resolve));
  await database.drop();
  await folder.remove();
});

async function send(method: string, path: string, body?: string, type = 'application/json') {
  const headers = { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': type }) };
  const response = await fetch(`${platform.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text() };
}
const ask = (path: string) => send('GET', path);
const json = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
  const { text } = await send(method, path, body === undefined ? undefined : JSON.stringify(body));
  return JSON.parse(text) as Body;
};
interface Compared {
  tables: { service: string; table: string; differing: number }[];
  differing: number;
  differences: { kind: string; what: string; service: string | null; table: string | null; id: string }[];
}
const verification = async () => {
  const started = await json<RunView>('POST', '/api/v1/platform/verifications', {});
  return (await ended(`/api/v1/platform/verifications/${started.run_id}`)) as RunView & Compared;
};
interface RunView {
  run_id: string;
  state: string;
}
const ended = (path: string) =>
  until(
    `${path} ends`,
    async () => {
      const run = await json<RunView>('GET', path);
      return ['succeeded', 'failed', 'cancelled'].includes(run.state) && run;
    },
    240_000,
  );
const caughtUp = () =>
  until(
    'the readers have caught up',
    async () => {
      const { data } = await json<{ data: { caught_up: boolean }[] }>('GET', '/api/v1/projections');
      return data.every((reader) => reader.caught_up);
    },
    60_000,
  );
/** Nobody is at work any more or waits for its turn, and nothing is left on the bus: found twice, for what ends may have begun
 *  something. */
const quiet = () => {
  let before = '';
  return until(
    'everybody rests',
    async () => {
      await caughtUp();
      const lists = ['curation-runs', 'training-runs', 'optimization-runs', 'evaluations'];
      const agentNames = ['data-curator', 'prompt-optimizer', 'model-trainer', 'evaluation'];
      const paths = [...lists, ...agentNames.map((agent) => `agents/${agent}/runs`)];
      const pages = await Promise.all(paths.map((path) => json<{ data: RunView[] }>('GET', `/api/v1/${path}`)));
      const busy = pages.some(({ data }) => data.some(({ state }) => state === 'queued' || state === 'running'));
      const { text } = await ask('/metrics');
      const waiting = /^retort_runs\{.*state="(?:queued|running)".*\} [1-9]/m.test(text);
      const lags = text.matchAll(/^retort_consumer_lag_messages\{.*\} (\d+)/gm);
      const last = before;
      before = JSON.stringify(pages);
      return !busy && !waiting && [...lags].every(([, lag]) => lag === '0') && last === before;
    },
    240_000,
  );
};
const acts = async () =>
  [...(await ask('/metrics')).text.matchAll(/^retort_policy_acts_total\{.*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );

async function drop(schemas: (name: string) => boolean): Promise<void> {
  const db = database.connect();
  const { rows } = await db.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')`,
  );
  for (const { name } of rows.filter((row) => schemas(row.name))) await db.query(`drop schema "${name}" cascade`);
  await db.close();
}

/** Everything a tenant can do, so that there is something to lose. */
async function liveALittle(): Promise<void> {
  await send(
    'POST',
    '/api/v1/decisions:batch',
    decisions.map((each) => JSON.stringify(each)).join('\n'),
    'application/x-ndjson',
  );
  await json('POST', '/api/v1/toolsets', { name: 'cards', tools: [{ name: 'block_card' }] });
  await caughtUp();
  await json('POST', `/api/v1/decisions/${decisions[0]!.id}/outcome`, { outcome: { success: false } });
  const curation = await json<RunView>('POST', '/api/v1/curation-runs', {});
  await ended(`/api/v1/curation-runs/${curation.run_id}`);
  await until(
    'the trainer has trained',
    async () => {
      const { data } = await json<{ data: (RunView & { model: string })[] }>('GET', '/api/v1/training-runs?limit=10');
      return data.some(({ model, state }) => model === 'tool-calling' && state === 'succeeded');
    },
    120_000,
  );
  await quiet();
  const cancelled = await json<RunView>('POST', '/api/v1/training-runs', { model: 'other' });
  await json('POST', `/api/v1/training-runs/${cancelled.run_id}:cancel`);
  await ended(`/api/v1/training-runs/${cancelled.run_id}`);
  const [version] = (await json<{ data: { model_version: string }[] }>('GET', '/api/v1/models/tool-calling')).data;
  const evaluation = await send(
    'POST',
    `/api/v1/evaluations?model_version=${version!.model_version}&source=again`,
    decisions
      .slice(0, 50)
      .map((each) => JSON.stringify(each))
      .join('\n'),
    'application/x-ndjson',
  );
  await ended(`/api/v1/evaluations/${(JSON.parse(evaluation.text) as RunView).run_id}`);
  for (const instruction of ['Be brief.', 'Be exact.', 'Be brief.'])
    await json('POST', '/api/v1/prompts/loan/versions', { instruction, demonstrations: [] });
  for (const version of [1, 2, 1]) await json('PUT', '/api/v1/prompts/loan/labels/production', { version });
  const optimization = await json<RunView>('POST', '/api/v1/optimization-runs', { prompt: 'loan', budget: 30 });
  await ended(`/api/v1/optimization-runs/${optimization.run_id}`);
  await json('POST', '/api/v1/models/tool-calling:rollback', { reason: 'to see it come back' });
  const replay = await json<RunView>('POST', '/api/v1/decisions:replay', {});
  await ended(`/api/v1/decision-replays/${replay.run_id}`);
  await quiet();
}

describe('a platform whose Postgres is lost', () => {
  let before: Map<string, string>;
  const sameAsBefore = async () => {
    await quiet();
    const { answers } = await everything(ask);
    const differing = [...before].filter(([path, answer]) => answers.get(path) !== answer);
    expect(differing.map(([path, answer]) => ({ path, answer, now: answers.get(path) }))).toEqual([]);
    expect(answers.size).toBe(before.size);
    expect({ acts: await acts(), asked: teacherWasAsked() }).toEqual({ acts: 0, asked: 0 });
  };
  let askedBefore = 0;
  const teacherWasAsked = () => asked - askedBefore;

  it('knows of every list and item where its answers come from', { timeout: 600_000 }, async () => {
    await liveALittle();
    expect(await acts()).toBeGreaterThan(0);
    expect(asked).toBeGreaterThan(0);
    askedBefore = asked;
    const { answers, routes } = await everything(ask);
    before = answers;
    // A product without a version has no quality.
    const failed = [...answers].filter(([, answer]) => !/^(200|\[)|catalog\.no-such-version/.test(answer));
    expect(failed).toEqual([]);
    const { paths } = await json<{ paths: Record<string, object> }>('GET', '/openapi.json');
    const offered = Object.keys(paths).filter((path) => 'get' in paths[path]! && path.startsWith('/api/'));
    const declared = new Set(Object.keys(measurements).map(routeOf));
    expect(offered.filter((path) => !routes.has(routeOf(path)) && !declared.has(routeOf(path)))).toEqual([]);
  });

  it(
    'answers everything as before, from the log and the artifacts, and nobody acts',
    { timeout: 300_000 },
    async () => {
      await platform.close();
      // Keys are kept: their hashes stand in the backup.
      await drop((name) => name !== 'event_store' && name !== 'access');
      await start();
      await sameAsBefore();
    },
  );

  it('nor acts when the bus begins anew and its groups lost their offsets', { timeout: 300_000 }, async () => {
    await platform.close();
    await drop((name) => name === 'event_bus');
    const db = database.connect();
    const { rows } = await db.query<{ schema: string }>(
      `select table_schema as schema from information_schema.tables where table_name = 'consumer_offsets'`,
    );
    for (const { schema } of rows) await db.query(`truncate "${schema}".consumer_offsets, "${schema}".bus_history`);
    await db.query(`delete from event_projection.checkpoints where name = 'relay'`);
    await db.close();
    await start();
    await sameAsBefore();
  });

  it(
    'nor when the relay alone begins anew, and everything comes over the bus again',
    { timeout: 300_000 },
    async () => {
      await platform.close();
      const db = database.connect();
      await db.query(`delete from event_projection.checkpoints where name = 'relay'`);
      await db.close();
      await start();
      await sameAsBefore();
    },
  );

  it('answers everything as before when every table is made again beside it, and answers meanwhile', async () => {
    const started = await json<RunView>('POST', '/api/v1/platform/rebuilds', {});
    let answered = 0;
    let done = false;
    const asking = (async () => {
      for (; !done; answered++) expect((await ask('/api/v1/decisions?limit=5')).status).toBe(200);
    })();
    const rebuild = await ended(`/api/v1/platform/rebuilds/${started.run_id}`);
    done = true;
    await asking;
    expect(answered).toBeGreaterThan(0);
    expect(rebuild).toMatchObject({ state: 'succeeded', healed_rows: 0, unreadable: [], missing_artifacts: [] });
    expect((rebuild as unknown as Compared).tables.filter(({ differing }) => differing > 0)).toEqual([]);
    await sameAsBefore();
  }, 300_000);

  it('names by id what somebody altered, removed or added, and puts the rows right', async () => {
    expect(await verification()).toMatchObject({ state: 'succeeded', differing: 0, differences: [] });
    const db = database.connect();
    const [altered, removed] = [decisions[3]!.id!, decisions[4]!.id!];
    await db.query(`update event_projection.decisions set tool_selected = 'forged' where id = $1`, [altered]);
    await db.query('delete from event_projection.decisions where id = $1', [removed]);
    await db.query(`delete from training_orchestration.models where model = 'tool-calling'`);
    await db.query(`insert into training_orchestration.models (tenant, model) values ('default', 'forged')`);
    await db.query(`update training_orchestration.datasets set correlation_id = 'forged'`);
    await db.query(`update curation.runs set state = 'failed' where state = 'succeeded'`);
    const { rows } = await db.query<{ manifest: string; dataset_version: string }>(
      'select manifest, dataset_version from curation.datasets',
    );
    const artifact = rows[0]!.manifest;
    const hex = artifact.slice('sha256:'.length);
    const path = join(folder.path, 'artifacts', 'sha256', hex.slice(0, 2), hex);
    const content = await readFile(path);
    await rm(path);

    const found = await verification();
    const runs = found.differences.filter(({ table }) => table === 'runs');
    expect(runs.length).toBeGreaterThan(0);
    expect(runs.every(({ what, service }) => what === 'altered' && service === 'curation')).toBe(true);
    const others = found.differences.filter(({ table }) => table !== 'runs');
    const row = (service: string, table: string, what: string, id: string) => ({
      kind: 'row',
      service,
      table,
      what,
      id,
    });
    expect(new Set(others)).toEqual(
      new Set([
        row('event-projection', 'decisions', 'altered', `default ${altered}`),
        row('event-projection', 'decisions', 'missing', `default ${removed}`),
        row('training-orchestration', 'models', 'missing', 'default tool-calling'),
        row('training-orchestration', 'models', 'unexpected', 'default forged'),
        ...rows.map(({ dataset_version }) =>
          row('training-orchestration', 'datasets', 'altered', `default ${dataset_version}`),
        ),
        { kind: 'artifact', what: 'missing', service: null, table: null, id: artifact },
      ]),
    );
    expect(found.differing).toBe(found.differences.length);

    const started = await json<RunView>('POST', '/api/v1/platform/rebuilds', {});
    const rebuild = await ended(`/api/v1/platform/rebuilds/${started.run_id}`);
    expect(rebuild).toMatchObject({
      state: 'succeeded',
      healed_rows: found.differing - 1,
      missing_artifacts: [artifact],
    });
    await writeFile(path, content);
    await db.close();
    expect(await verification()).toMatchObject({ differing: 0, differences: [] });
    await sameAsBefore();
  }, 300_000);
});
