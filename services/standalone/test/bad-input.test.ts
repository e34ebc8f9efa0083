import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  curationRuns,
  deployModel,
  getModelVersion,
  getServing,
  predict,
  recordDecision,
  recordDecisions,
  trainingRuns,
  type JsonObjectContract,
  type TrainingRun,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 240_000 });

let platform: TestPlatform;

beforeAll(async () => {
  // Each case drives its own loop; no agent should act in between.
  vi.stubEnv('RETORT_AUTO', 'false');
  platform = await startTestPlatform('bad-input');
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
});

const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name, parameters: { type: 'object' } }));
const words = ['card', 'balance', 'money'];
interface Posted {
  context: JsonObjectContract;
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
  const rows = decisions.map((decision, index) => ({
    id: `${name}-${index}`,
    agent_id: name,
    tools_available: tools,
    tool_parameters: {},
    ...decision,
  }));
  for (let start = 0; start < rows.length; start += 50)
    expect(await platform.read(recordDecisions, { body: rows.slice(start, start + 50) })).toMatchObject({
      rejected: 0,
    });
  await caughtUp(platform);
  const { result } = await platform.run(curationRuns, { body: { agents: [name] } });
  const configuration = { epochs: 4, hidden: 8, folds: 2, networks: 1 };
  // A data set of chosen agents is an experiment: its students are deployed only where that is asked for.
  const input = { model: name, dataset_version: result!.dataset_version, configuration, deploy: true, ...more };
  return platform.run(trainingRuns, { body: input });
}
const predictBy = ({ model, model_version }: TrainingRun, context: JsonObjectContract) =>
  platform.read(predict, {
    body: { model, model_version: model_version!, context, tools_available: tools, fallback: 'none' },
  });

describe('bad input, through the whole platform', () => {
  it('of one tool gives a constant student that guarantees nothing and serves nothing', async () => {
    const only = clear(120).map((decision) => ({ ...decision, tool_selected: 'get_balance' }));
    const run = await learn('one-tool', only);
    expect(run).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.no-threshold' }] });
    expect(await predictBy(run, only[0]!.context)).toMatchObject({
      served_by: 'none',
      fallback_reason: 'no-threshold',
      proposal: { tool_selected: 'get_balance' },
      promise: 'Nothing is guaranteed: every decision goes to the teacher.',
    });
  });

  it('of two examples gives a student that is refused for want of decisions', async () => {
    const run = await learn('two-examples', clear(2));
    expect(run).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.too-few-decisions' }] });
    expect(await predictBy(run, { query: 'card' })).toMatchObject({ served_by: 'none' });
  });

  it('of a tool with one example is no harm to the others', async () => {
    const rare = { context: { query: 'transmogrify the ledger' }, tool_selected: 'send_money' };
    const others = clear(360).filter(({ tool_selected }) => tool_selected !== 'send_money');
    const run = await learn('one-example', [...others, rare]);
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    const asked = Array.from({ length: 30 }, (_, index) => ({
      query: `please, the card of customer ${150 + 3 * index}`,
    }));
    const answers = await Promise.all(asked.map((context) => predictBy(run, context)));
    expect(new Set(answers.map(({ call, proposal }) => (call ?? proposal)?.tool_selected))).toEqual(
      new Set(['block_card']),
    );
    expect(answers.filter(({ served_by }) => served_by === 'student').length).toBeGreaterThan(0);
    const params = { model: run.model, version: run.model_version! };
    const { slices } = await platform.read(getModelVersion, { params });
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
      const { confidence, proposal } = await predictBy(run, { query });
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(proposal).not.toBeNull();
    }
    expect((await predictBy(run, { query: 'please, the balance of customer 7' })).served_by).toBe('student');
  });

  it('of a character that no database keeps is refused where it is posted, and named', async () => {
    const decision = { agent_id: 'nul', context: { query: 'a\u0000b' }, tool_selected: null, tools_available: tools };
    const answer = await platform.call(recordDecision, { body: { ...decision, tool_parameters: {} } });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
  });

  it('of null and huge numbers is learnt from, and answered; NaN is no JSON and is refused', async () => {
    const amounts = [null, 1e308, -1e308, 5e-324, 0, -0, Number.MAX_SAFE_INTEGER];
    const odd = clear(240).map((decision, index) => ({
      ...decision,
      context: { ...decision.context, amount: amounts[index % amounts.length]!, nothing: null },
    }));
    const run = await learn('numbers', odd);
    expect(run).toMatchObject({ state: 'succeeded', deployed: true });
    for (const amount of amounts)
      expect((await predictBy(run, { query: 'please, the card of customer 3', amount })).confidence).toBeGreaterThan(0);
    for (const literal of ['NaN', 'Infinity']) {
      const posted = `{"agent_id":"numbers","context":{"amount":${literal}},"tool_selected":null,"tools_available":[]}`;
      const post = async (path: string, body: string) =>
        (await platform.send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status;
      expect(await post(recordDecision.path, posted)).toBe(400);
      expect(await post(predict.path, `{"context":{"amount":${literal}}}`)).toBe(400);
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
      (await platform.read(getServing)).data.find(({ model }) => model === 'corrupt')?.model_version;
    await until('the good one serves', async () => (await serving()) === good.model_version);
    const next = await learn('corrupt', clear(300), { deploy: false, seed: 5 });
    const deployed = { model: 'corrupt', model_version: next.model_version! };
    const params = { model: 'corrupt', version: next.model_version! };
    const { artifact } = await platform.read(getModelVersion, { params });
    const files = await readdir(platform.folder, { recursive: true, withFileTypes: true });
    const file = files.find((entry) => entry.isFile() && entry.name === artifact.slice('sha256:'.length));
    await writeFile(join(file!.parentPath, file!.name), 'damaged');
    expect((await platform.call(deployModel, { body: deployed })).status).toBe(200);
    await until('the damaged artifact is refused', async () =>
      /retort_model_refusals_total\{[^}]*model="corrupt"[^}]*\} [1-9]/.test(
        await (await fetch(`${platform.url()}/metrics`)).text(),
      ),
    );
    expect(await serving()).toBe(good.model_version);
    const context = { query: 'please, the card of customer 7' };
    const answer = await platform.read(predict, { body: { model: 'corrupt', context, tools_available: tools } });
    expect(answer).toMatchObject({ served_by: 'student', model_version: good.model_version });
  });
});
