import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  agentRuns,
  curationRuns,
  getModelVersion,
  listDecisions,
  recordDecisions,
  trainingRuns,
  type TrainingRun,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 240_000 });

const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name, parameters: { type: 'object' } }));
const budget = 230;
/** Requests that only students have decided so far: more than the budget pays for. */
const undecided = 250;

let platform: TestPlatform;
let teacher: Server;
let asked = 0;

/** An OpenAI-compatible teacher that decides by the request's word. One request it does not understand. */
function startTeacher(): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void (async () => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      asked++;
      const { messages } = JSON.parse(text) as { messages: { content: string }[] };
      const query = messages.at(-1)!.content;
      const name = query.endsWith(' 7') ? 'no_such_tool' : tools[words.findIndex((word) => query.includes(word))]!.name;
      const call = { id: 'c1', type: 'function', function: { name, arguments: '{}' } };
      const message = { role: 'assistant', content: null, tool_calls: [call] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          id: 'a1',
          object: 'chat.completion',
          created: 0,
          model: 'the-teacher',
          choices: [{ index: 0, finish_reason: 'tool_calls', message }],
          usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
        }),
      );
    })();
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

beforeAll(async () => {
  teacher = await startTeacher();
  vi.stubEnv(
    'RETORT_TRAINING_ORCHESTRATION_TEACHER_BASE_URL',
    `http://127.0.0.1:${(teacher.address() as AddressInfo).port}/v1`,
  );
  vi.stubEnv('RETORT_TRAINING_ORCHESTRATION_TEACHER_CALLS', String(budget));
  platform = await startTestPlatform('more-data');
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  teacher.closeAllConnections();
  await new Promise((resolve) => teacher.close(resolve));
});

const decision = (index: number, by: 'teacher' | 'student') => ({
  id: `${by}-${index}`,
  agent_id: 'bank',
  context: { query: `please, the ${words[index % 3]} of customer ${index}` },
  tools_available: tools,
  tool_selected: tools[index % 3]!.name,
  tool_parameters: {},
  decided_by: by === 'teacher' ? { kind: by } : { kind: by, model_version: 'some-student' },
});
const runs = async () => (await platform.read(trainingRuns.list)).data;

describe('a trainer that may ask its teacher', () => {
  let deployed: TrainingRun;

  it('has too little to train on decided by the teacher, curated, and deploys what comes of it', async () => {
    const rows = [
      ...Array.from({ length: 20 }, (_, index) => decision(1000 + index, 'teacher')),
      ...Array.from({ length: undecided }, (_, index) => decision(index, 'student')),
    ];
    for (let start = 0; start < rows.length; start += 100)
      await platform.read(recordDecisions, { body: rows.slice(start, start + 100) });
    await caughtUp(platform);
    await platform.read(curationRuns.create, { body: {} });
    deployed = await until(
      'a student is deployed',
      async () => (await runs()).find((run) => run.deployed === true),
      200_000,
    );
    const first = (await runs()).at(-1)!;
    expect(first).toMatchObject({ state: 'succeeded', deployed: false, refused: [{ code: 'gate.too-few-decisions' }] });
    expect(deployed.dataset_version).not.toBe(first.dataset_version);
  });

  it('spends no more than its budget, and says what it asked for and why', async () => {
    expect(asked).toBe(budget);
    const { data } = await platform.read(agentRuns.modelTrainer.list);
    const request = data.find(({ decision }) => (decision as { action?: string } | null)?.action === 'ask-teacher')!;
    expect(request.why).toContain(`The teacher may be asked for up to ${budget} decisions`);
    const { asked: wanted, answered } = request.outcome as { asked: number; answered: number };
    expect(wanted).toBe(budget);
    // What the teacher answered with a tool that nobody offered is no decision.
    expect([budget - 1, budget]).toContain(answered);
  });

  it('leaves the answers on the record as the teacher’s own decisions', async () => {
    const query = { limit: 1000, toolsets: 'reference', 'filter[decided_by][eq]': 'teacher' } as const;
    const { data } = await platform.read(listDecisions, { query });
    const answers = data.filter(({ id }) => id.endsWith('.teacher'));
    expect(answers.length).toBeGreaterThan(200);
    expect(answers[0]).toMatchObject({ teacher_model: 'the-teacher', decided_by: { kind: 'teacher' } });
    const params = { model: 'tool-calling', version: deployed.model_version! };
    const version = await platform.read(getModelVersion, { params });
    expect(version.rows).toBe(20 + answers.length);
  });
});
