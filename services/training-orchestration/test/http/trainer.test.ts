import { agentRuns, trainingRuns, type TrainingRun } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { learnableRows, randomRows, startPlatform, type Platform } from './platform.ts';

interface AgentRun {
  state: string;
  why: string;
  causation_id: string | null;
}

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ auto: true, attempts: 2, attemptsFromDecisions: 0 });
});
afterAll(() => platform.close());

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 180_000 });

const trainings = async (dataset: string) => {
  const { body } = await platform.json('GET', trainingRuns.create.path);
  return (body as { data: TrainingRun[] }).data.filter(({ dataset_version }) => dataset_version === dataset);
};
const lastWord = (pattern: RegExp) =>
  until(
    `the trainer says ${pattern}`,
    async () => {
      const { body } = await platform.json('GET', agentRuns.modelTrainer.list.path);
      return (body as { data: AgentRun[] }).data.find(
        ({ state, why }) => state === 'nothing-to-do' && pattern.test(why ?? ''),
      );
    },
    150_000,
  );

describe('the model trainer', () => {
  it('trains once on what was curated, however often the event arrives', async () => {
    const rows = learnableRows(240);
    const eventId = await platform.publish('d1', rows);
    await platform.publish('d1', rows, eventId);
    await lastWord(/student of d1 was deployed/);
    expect(await trainings('d1')).toMatchObject([{ state: 'succeeded', deployed: true }]);
    expect((await platform.modelEvents())[0]).toMatchObject({ type: 'MODEL_TRAINED', causationId: eventId });
  });

  it('does not train on an experiment by itself', async () => {
    await platform.publish('experiment-1', learnableRows(80));
    await platform.publish('after', learnableRows(240));
    await lastWord(/student of after was deployed/);
    expect(await trainings('experiment-1')).toEqual([]);
  });

  it('tries another configuration when the gate refuses, then says why it stops', async () => {
    await platform.publish('noise', randomRows(160));
    const { why } = await lastWord(/2 configurations were tried/);
    expect(why).toMatch(/No threshold keeps the guaranteed 93%/);
    expect(await trainings('noise')).toMatchObject([{ deployed: false }, { deployed: false }]);
  });
});
