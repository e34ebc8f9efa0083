import { digestOfJson, isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { packDecisions } from '../../src/app/pack-decisions.ts';
import { unpackDecisions } from '../../src/domain/packed-decisions.ts';
import { decodeTask, encodeTask } from '../../src/train-job/task-file.ts';

const tools = [{ name: 'pay' }];
const toolset = digestOfJson(tools);
const row = (changes: object = {}) => ({
  id: 'd1',
  agent_id: 'loan',
  context: { query: 'pay – später' },
  toolset,
  weight: 2,
  tool_selected: 'pay',
  tool_parameters: {},
  decided_by: { kind: 'teacher' },
  ...changes,
});
async function* stream(rows: unknown[]) {
  yield* rows;
}
const pack = (...rows: unknown[]) => packDecisions({ rows: stream(rows), toolset: async () => tools });

describe('packed decisions', () => {
  it('come out as they went in, with agent, group, weight and the teacher’s probabilities where there are any', async () => {
    const packed = await pack(row(), row({ id: 'd2', group: 's1', teacher_probabilities: { pay: 0.9, '': 0.1 } }));
    const [plain, soft] = [...unpackDecisions(packed)];
    const known = { agent: 'loan', context: { query: 'pay – später' }, weight: 2, tools };
    expect(plain).toEqual({ ...known, id: 'd1', call: { tool: 'pay', parameters: {} } });
    expect(soft).toMatchObject({ id: 'd2', group: 's1', teacherProbabilities: { pay: 0.9, '': 0.1 } });
  });

  it('are whole turns: all calls of an answer, and none of words', async () => {
    const calls = [
      { tool: 'pay', parameters: { amount: 1 } },
      { tool: 'rest', parameters: null, known_parameters: { until: 'noon' } },
    ];
    const packed = await pack(
      row({ tool_parameters: { amount: 1 }, tool_calls: calls, answer: 'calls' }),
      row({ id: 'd2', tool_selected: null, tool_calls: [], answer: 'words' }),
    );
    const [several, words] = [...unpackDecisions(packed)];
    expect(several).toMatchObject({
      call: { tool: 'pay', parameters: { amount: 1 } },
      toolCalls: [
        { tool: 'pay', parameters: { amount: 1 } },
        { tool: 'rest', parameters: null },
      ],
    });
    expect(words).toMatchObject({ call: { tool: null, parameters: {} }, answer: 'words' });
    expect(words).not.toHaveProperty('toolCalls');
  });

  it('whose arguments are known in part say which', async () => {
    const [part] = unpackDecisions(await pack(row({ tool_parameters: null, known_parameters: { amount: 3 } })));
    expect(part).toMatchObject({ call: { tool: 'pay', parameters: null }, knownArguments: { amount: 3 } });
  });

  it('travel to another process as one file', async () => {
    const { decisions, toolsets } = await pack(row(), row({ id: 'd2' }));
    const task = { decisions, toolsets, options: { seed: 1, target: 0.93, confidence: 0.95 } };
    expect(decodeTask(encodeTask(task))).toEqual(task);
  });

  it('of rows that are none are refused, and so is no row at all', async () => {
    await expect(pack({ id: 'd1' })).rejects.toSatisfy((error) => isFault(error, 'training.row-invalid'));
    await expect(pack()).rejects.toSatisfy((error) => isFault(error, 'training.data-empty'));
  });
});
