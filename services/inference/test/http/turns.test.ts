import { getPredictionUsage, predict, predictBatch, type PredictionView } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startPlatform, toolset, turnsArtifact, type Platform } from './platform.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  const { digest } = await platform.infrastructure.artifacts.put(turnsArtifact());
  await platform.deploy('v1', digest);
  await until('v1 serves', async () => (await ask('please, the card of customer 7')).model_version === 'v1');
});
afterAll(() => platform.close());

const both = 'please, the card of customer 70 and then please, the balance of customer 70';
async function ask(query: string, more: object = {}): Promise<PredictionView> {
  const input = { context: { query }, toolset, fallback: 'none', ...more };
  return (await platform.json('POST', predict.path, input)).body as PredictionView;
}
const usage = async () => {
  const { body } = await platform.json('GET', getPredictionUsage.path);
  return (body as { data: { student_calls: number; no_tool_answers: number }[] }).data[0]!;
};

describe('the answer to a request', () => {
  it('is the whole turn: all calls where it takes several, the first also in the members of one', async () => {
    const answer = await ask(both);
    expect(answer).toMatchObject({ served_by: 'student', fallback_reason: null });
    expect(answer.call).toMatchObject({ answer: 'calls', tool_parameters: {} });
    expect(answer.call!.tool_calls.map(({ tool }) => tool).sort()).toEqual(['block_card', 'get_balance']);
    expect(answer.call!.tool_selected).toBe(answer.call!.tool_calls[0]!.tool);
    expect((await ask('please, the card of customer 72')).call).toEqual({
      tool_selected: 'block_card',
      tool_parameters: {},
      answer: 'call',
      tool_calls: [{ tool: 'block_card', parameters: {} }],
    });
  });

  it('in a batch is the same', async () => {
    const predictions = [both, 'good morning 72'].map((query) => ({ context: { query }, toolset, fallback: 'none' }));
    const { body } = await platform.json('POST', predictBatch.path, { predictions, counted: false });
    const [several, words] = (body as { predictions: PredictionView[] }).predictions;
    expect(several!.call!.tool_calls).toHaveLength(2);
    expect(words).toMatchObject({
      call: null,
      fallback_reason: 'words',
      proposal: { answer: 'words', tool_calls: [] },
    });
  });

  it('is nobody’s where it should be words, unless the caller accepts no tool: that is counted apart', async () => {
    expect(await ask('good morning 72')).toMatchObject({ served_by: 'none', call: null, fallback_reason: 'words' });
    const before = await usage();
    expect(await ask('good morning 72', { no_tool: 'accept' })).toMatchObject({
      served_by: 'student',
      call: { tool_selected: null, tool_parameters: {}, tool_calls: [], answer: 'words' },
    });
    const after = await usage();
    expect(after.student_calls).toBe(before.student_calls);
    expect(after.no_tool_answers).toBe(before.no_tool_answers + 1);
  });

  it('refuses another word for no_tool', async () => {
    const input = { context: {}, toolset, no_tool: 'always' };
    expect(await platform.json('POST', predict.path, input)).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/no_tool' }] },
    });
  });
});
