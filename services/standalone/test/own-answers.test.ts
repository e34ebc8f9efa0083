import {
  curationRuns,
  getServing,
  listCurationRejections,
  listDatasetRows,
  predict as predictEndpoint,
  recordDecisions,
  trainingRuns,
  type DecisionInput,
  type PredictionView,
} from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 240_000 });

const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name, parameters: { type: 'object' } }));

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startTestPlatform('own-answers');
}, 120_000);
afterAll(() => platform.close());

const contextOf = (index: number) => ({ query: `please, the ${words[index % 3]} of customer ${index}` });
const about = (index: number) => ({ agent_id: 'bank', context: contextOf(index), tools_available: tools });
async function record(decisions: DecisionInput[]): Promise<void> {
  expect(await platform.read(recordDecisions, { body: decisions })).toMatchObject({ rejected: 0 });
  await caughtUp(platform);
}
const curate = () => platform.run(curationRuns, { body: {} });
const predict = (index: number, id?: string): Promise<PredictionView> =>
  platform.read(predictEndpoint, { body: { ...about(index), fallback: 'none', ...(id && { id }) } });
const rowsOf = async (version: string) =>
  (await platform.read(listDatasetRows, { params: { version }, query: { limit: 1000, toolsets: 'reference' } })).data;

describe('what a student answered, reported as a decision', () => {
  it('never enters training as the teacher’s, in whatever form it comes back', async () => {
    await record(
      Array.from({ length: 300 }, (_, index) => ({
        id: `taught-${index}`,
        ...about(index),
        tool_selected: tools[index % 3]!.name,
        tool_parameters: {},
        teacher_model: 'the-teacher',
      })),
    );
    await curate();
    const trained = await until(
      'a student is deployed',
      async () => (await platform.read(trainingRuns.list)).data.find(({ deployed }) => deployed === true),
      200_000,
    );
    await until('it serves', async () => (await platform.read(getServing)).data.length > 0);

    const asked = Array.from({ length: 60 }, (_, index) => index + 30);
    const answers = await Promise.all(asked.map((index) => predict(index, `named-${index}`)));
    const served = asked.flatMap((index, place) => {
      const { call, served_by } = answers[place]!;
      return served_by === 'student' && call !== null ? [{ index, call }] : [];
    });
    expect(served.length).toBeGreaterThan(20);

    const version = trained.model_version!;
    const replayed = served.flatMap(({ index, call }): DecisionInput[] => {
      const { tool_selected, tool_parameters, tool_calls } = call;
      return [
        // As it is: the student's.
        { id: `a-${index}`, ...about(index), tool_selected, tool_parameters, decided_by: { kind: 'student' } },
        // As the decision of a teacher that is the student.
        { id: `b-${index}`, ...about(index), tool_selected, tool_parameters, teacher_model: version },
        // As any teacher's, in the other form of its turn.
        { id: `c-${index}`, ...about(index), tool_calls, teacher_model: 'the-teacher', teacher_confidence: 0.99 },
        // As if our gateway had had it from a provider.
        {
          id: `d-${index}`,
          ...about(index),
          tool_calls,
          teacher_model: 'the-teacher',
          exchange: { upstream: 'primary', response_id: `chatcmpl-${index}` },
        },
        // Under the id that the request had, with a context that is another by now.
        { id: `named-${index}`, ...about(index), context: { query: `[redacted] ${index}` }, tool_calls },
      ];
    });
    await record(replayed);
    const again = await curate();
    const { data: rejected } = await platform.read(listCurationRejections, {
      params: { run_id: again.run_id },
      query: { reason: 'student-decided', limit: 1000 },
    });
    expect(rejected.map(({ decision_id }) => decision_id).sort()).toEqual(replayed.map(({ id }) => id!).sort());
    const rows = await rowsOf(again.result!.dataset_version);
    expect(rows.every(({ id }) => id.startsWith('taught-'))).toBe(true);
  });

  it('does not keep out what the teacher says of a request that nobody answered', async () => {
    await record([{ id: 'new', ...about(900), tool_selected: 'block_card', tool_parameters: {} }]);
    const { result } = await curate();
    const data = await rowsOf(result!.dataset_version);
    expect(data.map(({ id }) => id)).toContain('new');
  });
});
