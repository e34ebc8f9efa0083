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
import { calling, startTeacher, type AskedChat, type Teacher } from '@retort/testing/teacher';
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
let teacher: Teacher;

/** By the request's word. One request the teacher does not understand. */
function nameByWord({ messages }: AskedChat): string {
  const query = messages.at(-1)!.content;
  return query.endsWith(' 7') ? 'no_such_tool' : tools[words.findIndex((word) => query.includes(word))]!.name;
}

beforeAll(async () => {
  teacher = await startTeacher(calling(nameByWord));
  vi.stubEnv('RETORT_TRAINING_ORCHESTRATION_TEACHER_BASE_URL', teacher.url);
  vi.stubEnv('RETORT_TRAINING_ORCHESTRATION_TEACHER_CALLS', String(budget));
  platform = await startTestPlatform('more-data');
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await teacher.close();
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
    expect(teacher.asked).toHaveLength(budget);
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
    expect(answers[0]).toMatchObject({ teacher_model: 'teacher-2026', decided_by: { kind: 'teacher' } });
    const params = { model: 'tool-calling', version: deployed.model_version! };
    const version = await platform.read(getModelVersion, { params });
    expect(version.rows).toBe(20 + answers.length);
  });
});
