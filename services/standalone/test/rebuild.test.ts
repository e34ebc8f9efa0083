import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addPromptVersion,
  agentRuns,
  curationRuns,
  decisionReplays,
  evaluations,
  getModel,
  getServing,
  labelPrompt,
  listDecisions,
  optimizationRuns,
  rebuilds,
  recordDecisions,
  registerToolset,
  reportOutcome,
  rollBackModel,
  setPrices,
  trainingRuns,
  verifications,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { calling, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { everything, unaccountedFor } from './everything.ts';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name }));
/** A word decides: a student of them may be deployed. */
const decisions = Array.from({ length: 600 }, (_, index) => ({
  id: `d${index}`,
  agent_id: `bank-${index % 2}`,
  context: { query: `please, the ${words[index % 3]} of customer ${index}` },
  timestamp: '2026-03-02T09:00:00.000Z',
  tools_available: tools,
  tool_selected: tools[index % 3]!.name,
  exchange: { latency_ms: 5, prompt_tokens: 100, completion_tokens: 9, request_bytes: 400 },
}));

const priceOf = (input: number) => ({
  valid_from: '2026-01-01T00:00:00Z',
  currency: 'EUR',
  per_million_input_tokens: input,
  per_million_cached_input_tokens: null,
  per_million_output_tokens: 8,
});

let platform: TestPlatform;
let teacher: Teacher;

async function startAgain(): Promise<void> {
  await platform.startAgain();
  await caughtUp(platform);
}

beforeAll(async () => {
  teacher = await startTeacher(calling(({ tools }) => tools[0]!.function.name));
  vi.stubEnv('RETORT_TEACHER_BASE_URL', teacher.url);
  platform = await startTestPlatform('rebuild');
  await caughtUp(platform);
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await teacher.close();
});

const metrics = async () => (await platform.send('/metrics')).text();
const verification = () => platform.run(verifications, { body: {} });
/** Nobody is at work any more or waits for its turn, and nothing is left on the bus: found twice, for what ends may have begun
 *  something. */
const quiet = () => {
  let before = '';
  return until(
    'everybody rests',
    async () => {
      await caughtUp(platform);
      const runs = [curationRuns, trainingRuns, optimizationRuns, evaluations, ...Object.values(agentRuns)];
      const pages = await Promise.all(runs.map(({ list }) => platform.read(list)));
      const busy = pages.some(({ data }) => data.some(({ state }) => state === 'queued' || state === 'running'));
      const text = await metrics();
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
  [...(await metrics()).matchAll(/^retort_policy_acts_total\{.*\} (\d+)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );

async function drop(schemas: (name: string) => boolean): Promise<void> {
  const db = platform.database.connect();
  const { rows } = await db.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')`,
  );
  for (const { name } of rows.filter((row) => schemas(row.name))) await db.query(`drop schema "${name}" cascade`);
  await db.close();
}

/** Everything a tenant can do, so that there is something to lose. */
async function liveALittle(): Promise<void> {
  await platform.read(recordDecisions, { body: decisions });
  await platform.read(registerToolset, { body: { name: 'cards', tools: [{ name: 'block_card' }] } });
  await caughtUp(platform);
  await platform.read(reportOutcome, { params: { id: decisions[0]!.id! }, body: { success: false } });
  await platform.run(curationRuns, { body: {} });
  const trained = await until(
    'the trainer has trained',
    async () => {
      const { data } = await platform.read(trainingRuns.list, { query: { limit: 10 } });
      return data.find(({ model, state }) => model === 'tool-calling' && state === 'succeeded');
    },
    120_000,
  );
  expect(trained).toMatchObject({ deployed: true, refused: [] });
  await quiet();
  const other = await platform.run(trainingRuns, { body: { model: 'other' } });
  expect(other).toMatchObject({ deployed: true, refused: [] });
  const reason = 'to see it come back';
  await platform.read(rollBackModel, { params: { model: 'other' }, body: { reason } });
  const { run_id } = await platform.read(trainingRuns.create, { body: { model: 'another' } });
  await platform.read(trainingRuns.cancel, { params: { run_id } });
  await platform.ended(trainingRuns, { run_id });
  await platform.run(evaluations, {
    body: { model_version: trained.model_version!, source: 'again', decisions: decisions.slice(0, 50) },
  });
  for (const input of [3, 4])
    await platform.read(setPrices, { params: { model: 'gpt-4.1*' }, body: { prices: [priceOf(input)] } });
  const loan = { name: 'loan' };
  for (const instruction of ['Be brief.', 'Be exact.', 'Be brief.'])
    await platform.read(addPromptVersion, { params: loan, body: { instruction, demonstrations: [] } });
  for (const version of [1, 2, 1])
    await platform.read(labelPrompt, { params: { ...loan, label: 'production' }, body: { version } });
  await platform.run(optimizationRuns, { body: { prompt: 'loan', budget: 30 } });
  await platform.run(decisionReplays, { body: {} });
  await quiet();
}

/** What inference answers with. */
const servingVersions = async () =>
  (await platform.read(getServing)).data.map(({ model, model_version }) => ({ model, model_version }));

describe('a platform whose Postgres is lost', () => {
  let before: Map<string, string>;
  let serving: Awaited<ReturnType<typeof servingVersions>>;
  const sameAsBefore = async () => {
    await quiet();
    const { answers } = await everything(platform);
    const differing = [...before].filter(([path, answer]) => answers.get(path) !== answer);
    expect(differing.map(([path, answer]) => ({ path, answer, now: answers.get(path) }))).toEqual([]);
    expect(answers.size).toBe(before.size);
    expect(await servingVersions()).toEqual(serving);
    expect({ acts: await acts(), asked: teacherWasAsked() }).toEqual({ acts: 0, asked: 0 });
  };
  let askedBefore = 0;
  const teacherWasAsked = () => teacher.asked.length - askedBefore;

  it('knows of every list and item where its answers come from', { timeout: 600_000 }, async () => {
    await liveALittle();
    expect(await acts()).toBeGreaterThan(0);
    expect(teacher.asked.length).toBeGreaterThan(0);
    askedBefore = teacher.asked.length;
    const { answers, asked: endpoints } = await everything(platform);
    before = answers;
    serving = await until('the student serves', async () => {
      const found = await servingVersions();
      return found.length > 0 && found;
    });
    const { serving: deployed } = await platform.read(getModel, { params: { model: 'tool-calling' } });
    expect(serving).toEqual([{ model: 'tool-calling', model_version: deployed }]);
    // A product without a version has no quality.
    const failed = [...answers].filter(([, answer]) => !/^(200|\[)|catalog\.no-version/.test(answer));
    expect(failed).toEqual([]);
    expect(unaccountedFor(endpoints)).toEqual([]);
  });

  it(
    'answers everything as before, from the log and the artifacts, and nobody acts',
    { timeout: 300_000 },
    async () => {
      await platform.stop();
      // Keys are kept: their hashes stand in the backup.
      await drop((name) => name !== 'event_store' && name !== 'access');
      await startAgain();
      await sameAsBefore();
    },
  );

  it('nor acts when the bus begins anew and its groups lost their offsets', { timeout: 300_000 }, async () => {
    await platform.stop();
    await drop((name) => name === 'event_bus');
    const db = platform.database.connect();
    const { rows } = await db.query<{ schema: string }>(
      `select table_schema as schema from information_schema.tables where table_name = 'consumer_offsets'`,
    );
    for (const { schema } of rows) await db.query(`truncate "${schema}".consumer_offsets, "${schema}".bus_history`);
    await db.query(`delete from event_projection.checkpoints where name = 'relay'`);
    await db.close();
    await startAgain();
    await sameAsBefore();
  });

  it(
    'nor when the relay alone begins anew, and everything comes over the bus again',
    { timeout: 300_000 },
    async () => {
      await platform.stop();
      const db = platform.database.connect();
      await db.query(`delete from event_projection.checkpoints where name = 'relay'`);
      await db.close();
      await startAgain();
      await sameAsBefore();
    },
  );

  it('answers everything as before when every table is made again beside it, and answers meanwhile', async () => {
    const started = await platform.read(rebuilds.create, { body: {} });
    let answered = 0;
    let done = false;
    const asking = (async () => {
      for (; !done; answered++) expect((await platform.call(listDecisions, { query: { limit: 5 } })).status).toBe(200);
    })();
    const rebuild = await platform.ended(rebuilds, started);
    done = true;
    await asking;
    expect(answered).toBeGreaterThan(0);
    expect(rebuild).toMatchObject({ state: 'succeeded', healed_rows: 0, unreadable: [], missing_artifacts: [] });
    expect(rebuild.tables!.filter(({ differing }) => differing > 0)).toEqual([]);
    await sameAsBefore();
  }, 300_000);

  it('names by id what somebody altered, removed or added, and puts the rows right', async () => {
    expect(await verification()).toMatchObject({ state: 'succeeded', differing: 0, differences: [] });
    const db = platform.database.connect();
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
    const path = join(platform.folder, 'artifacts', 'sha256', hex.slice(0, 2), hex);
    const content = await readFile(path);
    await rm(path);

    const found = await verification();
    const runs = found.differences!.filter(({ table }) => table === 'runs');
    expect(runs.length).toBeGreaterThan(0);
    expect(runs.every(({ what, service }) => what === 'altered' && service === 'curation')).toBe(true);
    const others = found.differences!.filter(({ table }) => table !== 'runs');
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
    expect(found.differing).toBe(found.differences!.length);

    const rebuild = await platform.run(rebuilds, { body: {} });
    expect(rebuild).toMatchObject({
      state: 'succeeded',
      healed_rows: found.differing! - 1,
      missing_artifacts: [artifact],
    });
    await writeFile(path, content);
    await db.close();
    expect(await verification()).toMatchObject({ differing: 0, differences: [] });
    await sameAsBefore();
  }, 300_000);
});
