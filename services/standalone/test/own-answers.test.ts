import {
  batchResult,
  curationRejection,
  curationRun,
  page,
  predictionView,
  projectionListView,
  servingView,
  trainingRow,
  trainingRun,
  type DecisionInput,
  type PredictionView,
} from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';

/** Training is real here, and slow where the machine is busy. */
vi.setConfig({ testTimeout: 240_000 });

const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name, parameters: { type: 'object' } }));

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
beforeAll(async () => {
  database = await testDatabase();
  folder = await temporaryFolder('own-answers');
  const config = { databaseUrl: database.url, dataFolder: folder.path, port: 0, logLevel: 'silent', drainDelayMs: 0 };
  platform = await startPlatform(standaloneConfig.parse(config), createLogger({ level: 'silent' }));
}, 120_000);
afterAll(async () => {
  await platform.close();
  await database.drop();
  await folder.remove();
});

async function ask<Schema extends z.ZodType>(
  method: 'GET' | 'POST',
  path: string,
  schema: Schema,
  body?: unknown,
): Promise<z.infer<Schema>> {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.firstKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return schema.parse(JSON.parse(text));
}

const contextOf = (index: number) => ({ query: `please, the ${words[index % 3]} of customer ${index}` });
const about = (index: number) => ({ agent_id: 'bank', context: contextOf(index), tools_available: tools });
async function record(decisions: readonly DecisionInput[]): Promise<void> {
  expect(await ask('POST', '/decisions:batch', batchResult, decisions)).toMatchObject({ rejected: 0 });
  await until('the read models catch up', async () =>
    (await ask('GET', '/projections', projectionListView)).data.every((reader) => reader.caught_up),
  );
}
async function curate() {
  const { run_id } = await ask('POST', '/curation-runs', curationRun, {});
  return until('the curation ends', async () => {
    const run = await ask('GET', `/curation-runs/${run_id}`, curationRun);
    return run.state === 'succeeded' ? run : undefined;
  });
}
const predict = (index: number, id?: string): Promise<PredictionView> =>
  ask('POST', '/predictions', predictionView, { ...about(index), fallback: 'none', ...(id && { id }) });

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
      async () =>
        (await ask('GET', '/training-runs', page(trainingRun))).data.find(({ deployed }) => deployed === true),
      200_000,
    );
    await until('it serves', async () => (await ask('GET', '/serving', servingView)).data.length > 0);

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
        // Under the id that the request had, with a context that is another by now.
        { id: `named-${index}`, ...about(index), context: { query: `[redacted] ${index}` }, tool_calls },
      ];
    });
    await record(replayed);
    const again = await curate();
    const { data: rejected } = await ask(
      'GET',
      `/curation-runs/${again.run_id}/rejections?reason=student-decided&limit=1000`,
      page(curationRejection),
    );
    expect(rejected.map(({ decision_id }) => decision_id).sort()).toEqual(replayed.map(({ id }) => id!).sort());
    const { data: rows } = await ask(
      'GET',
      `/datasets/${again.result!.dataset_version}/rows?limit=1000`,
      page(trainingRow),
    );
    expect(rows.every(({ id }) => id.startsWith('taught-'))).toBe(true);
  });

  it('does not keep out what the teacher says of a request that nobody answered', async () => {
    await record([{ id: 'new', ...about(900), tool_selected: 'block_card', tool_parameters: {} }]);
    const { result } = await curate();
    const { data } = await ask('GET', `/datasets/${result!.dataset_version}/rows?limit=1000`, page(trainingRow));
    expect(data.map(({ id }) => id)).toContain('new');
  });
});
