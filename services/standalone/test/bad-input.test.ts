import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  batchResult,
  curationRun,
  modelVersionView,
  predictionView,
  projectionListView,
  servingView,
  trainingRun,
  type TrainingRun,
} from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 240_000 });

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;

beforeAll(async () => {
  // Each case drives its own loop; no agent should act in between.
  vi.stubEnv('RETORT_AUTO', 'false');
  database = await testDatabase();
  folder = await temporaryFolder('bad-input');
  const config = { databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 };
  platform = await startPlatform(standaloneConfig.parse(config), createLogger({ level: 'silent' }));
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await database.drop();
  await folder.remove();
});

async function send(method: string, path: string, content?: string, type = 'application/json') {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.firstKey}`, ...(content !== undefined && { 'content-type': type }) },
    ...(content !== undefined && { body: content }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) as unknown };
}
async function ask<Schema extends z.ZodType>(method: string, path: string, schema: Schema, body?: object) {
  const answer = await send(method, path, body && JSON.stringify(body));
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return schema.parse(answer.body) as z.infer<Schema>;
}
const ended = <Schema extends z.ZodType<{ state: string }>>(path: string, schema: Schema): Promise<z.infer<Schema>> =>
  until(
    'the run ends',
    async () => {
      const run = await ask('GET', path, schema);
      return ['succeeded', 'failed', 'cancelled'].includes(run.state) ? run : undefined;
    },
    200_000,
  );

const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name, parameters: { type: 'object' } }));
const words = ['card', 'balance', 'money'];
interface Posted {
  context: object;
  tool_selected: string;
}
/** Decisions that the request's word decides. */
const clear = (count: number): Posted[] =>
  Array.from({ length: count }, (_, index) => ({
    context: { query: `please, the ${words[index % 3]} of customer ${index}` },
    tool_selected: tools[index % 3]!.name,
  }));

/** Posts decisions, curates those alone, trains a model of the case's name on them. */
async function learn(name: string, decisions: readonly Posted[], more: object = {}): Promise<TrainingRun> {
  const lines = decisions.map((decision, index) =>
    JSON.stringify({
      id: `${name}-${index}`,
      agent_id: name,
      tools_available: tools,
      tool_parameters: {},
      ...decision,
    }),
  );
  for (let start = 0; start < lines.length; start += 50) {
    const batch = lines.slice(start, start + 50).join('\n');
    const answer = await send('POST', '/decisions:batch', batch, 'application/x-ndjson');
    expect(batchResult.parse(answer.body)).toMatchObject({ rejected: 0 });
  }
  await until('the read models catch up', async () =>
    (await ask('GET', '/projections', projectionListView)).data.every((reader) => reader.caught_up),
  );
  const { run_id } = await ask('POST', '/curation-runs', curationRun, { agents: [name] });
  const { result } = await ended(`/curation-runs/${run_id}`, curationRun);
  const configuration = { epochs: 4, hidden: 8, folds: 2, networks: 1 };
  // A data set of chosen agents is an experiment: its students are deployed only where that is asked for.
  const input = { model: name, dataset_version: result!.dataset_version, configuration, deploy: true, ...more };
  const training = await ask('POST', '/training-runs', trainingRun, input);
  return ended(`/training-runs/${training.run_id}`, trainingRun);
}
const predict = (run: TrainingRun, context: object) =>
  ask('POST', '/predictions', predictionView, {
    ...{ model: run.model, model_version: run.model_version, context },
    tools_available: tools,
    fallback: 'none',
  });

describe('bad input, through the whole platform', () => {
  it('of one tool gives a constant student that promises nothing and serves nothing', async () => {
    const only = clear(120).map((decision) => ({ ...decision, tool_selected: 'get_balance' }));
    const run = await learn('one-tool', only);
    expect(run).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.no-threshold' }] });
    expect(await predict(run, only[0]!.context)).toMatchObject({
      served_by: 'none',
      fallback_reason: 'no-threshold',
      proposal: { tool_selected: 'get_balance' },
      promise: 'Nothing is promised: every decision goes to the teacher.',
    });
  });

  it('of two examples gives a student that is refused for want of decisions', async () => {
    const run = await learn('two-examples', clear(2));
    expect(run).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.too-few-decisions' }] });
    expect(await predict(run, { query: 'card' })).toMatchObject({ served_by: 'none' });
  });

  it('of a tool with one example is no harm to the others', async () => {
    const rare = { context: { query: 'transmogrify the ledger' }, tool_selected: 'send_money' };
    const others = clear(360).filter(({ tool_selected }) => tool_selected !== 'send_money');
    const run = await learn('one-example', [...others, rare]);
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    expect(await predict(run, { query: 'please, the card of customer 7' })).toMatchObject({
      served_by: 'student',
      call: { tool_selected: 'block_card' },
    });
    const { slices } = await ask('GET', `/models/${run.model}/versions/${run.model_version}`, modelVersionView);
    expect(slices!.find(({ name }) => name === 'send_money')?.promised ?? false).toBe(false);
  });

  const strange = [
    '',
    ' ',
    '🎉🏦💸',
    '残高を教えて',
    'كم رصيدي',
    'Сколько денег',
    'x'.repeat(100_000),
    'word '.repeat(20_000),
  ];

  it.each([
    ['empty text', ['', ' ']],
    ['100 KB of text', ['x'.repeat(100_000), 'word '.repeat(20_000)]],
    ['emoji and other scripts', ['🎉🏦💸', '残高を教えて', 'كم رصيدي', 'Сколько денег', '\u202e\u200d']],
  ])('of %s is learnt from, and answered', async (name, texts) => {
    const oddities = texts.map((query, index) => ({ context: { query }, tool_selected: tools[index % 3]!.name }));
    const run = await learn(name.replaceAll(' ', '-'), [...clear(240), ...oddities]);
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    for (const query of strange) {
      const { confidence, proposal } = await predict(run, { query });
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(proposal).not.toBeNull();
    }
    expect((await predict(run, { query: 'please, the balance of customer 7' })).served_by).toBe('student');
  });

  it('of a character that no database keeps is refused where it is posted, and named', async () => {
    const decision = { agent_id: 'nul', context: { query: 'a\u0000b' }, tool_selected: null, tools_available: tools };
    const answer = await send('POST', '/decisions', JSON.stringify({ ...decision, tool_parameters: {} }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('of null and huge numbers is learnt from, and answered; NaN is no JSON and is refused', async () => {
    const amounts = [null, 1e308, -1e308, 5e-324, 0, -0, Number.MAX_SAFE_INTEGER];
    const odd = clear(240).map((decision, index) => ({
      ...decision,
      context: { ...decision.context, amount: amounts[index % amounts.length], nothing: null },
    }));
    const run = await learn('numbers', odd);
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    for (const amount of amounts)
      expect((await predict(run, { query: 'please, the card of customer 3', amount })).confidence).toBeGreaterThan(0);
    for (const literal of ['NaN', 'Infinity']) {
      const posted = `{"agent_id":"numbers","context":{"amount":${literal}},"tool_selected":null,"tools_available":[]}`;
      expect((await send('POST', '/decisions', posted)).status).toBe(400);
      expect((await send('POST', '/predictions', `{"context":{"amount":${literal}}}`)).status).toBe(400);
    }
  });

  it('of contradictory labels gives a student that is refused, with the figures', async () => {
    const contradictory = Array.from({ length: 240 }, (_, index) => ({
      context: { query: `please, number ${index % 80}` },
      tool_selected: tools[Math.floor(index / 80)]!.name,
    }));
    const run = await learn('contradictory', contradictory);
    expect(run).toMatchObject({ state: 'succeeded', deployed: false });
    expect(run.refused[0]!.message).toMatch(/\d+ of \d+|\d+ \S+ calibration decisions/);
  });

  it('in an artifact is refused, and the last good student stays', async () => {
    const good = await learn('corrupt', clear(240));
    expect(good.deployed).toBe(true);
    const serving = async () =>
      (await ask('GET', '/serving', servingView)).data.find(({ model }) => model === 'corrupt')?.model_version;
    await until('the good one serves', async () => (await serving()) === good.model_version);
    const next = await learn('corrupt', clear(300), { deploy: false, seed: 5 });
    const path = `/models/corrupt/versions/${next.model_version}`;
    const { artifact } = await ask('GET', path, modelVersionView);
    const files = await readdir(folder.path, { recursive: true, withFileTypes: true });
    const file = files.find((entry) => entry.isFile() && entry.name === artifact.slice('sha256:'.length));
    await writeFile(join(file!.parentPath, file!.name), 'damaged');
    const deployment = await send(
      'POST',
      '/deployments',
      JSON.stringify({ model: 'corrupt', model_version: next.model_version }),
    );
    expect(deployment.status).toBe(200);
    await until('the damaged artifact is refused', async () =>
      /retort_model_refusals_total\{[^}]*model="corrupt"[^}]*\} [1-9]/.test(
        await (await fetch(`${platform.url}/metrics`)).text(),
      ),
    );
    expect(await serving()).toBe(good.model_version);
    const answer = await ask('POST', '/predictions', predictionView, {
      ...{ model: 'corrupt', context: { query: 'please, the card of customer 7' } },
      tools_available: tools,
    });
    expect(answer).toMatchObject({ served_by: 'student', model_version: good.model_version });
  });
});
