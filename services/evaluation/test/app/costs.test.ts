import { newId, systemClock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresCosts } from '../../src/adapters/postgres-costs.ts';
import { costLoop, type PredictionUsageOf } from '../../src/app/costs.ts';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await testDatabase();
  db = await test.migrated({ schema: 'evaluation', folder: new URL('../../migrations/', import.meta.url) });
});
afterAll(() => test.drop());

describe('what is known of costs', () => {
  it('is kept at once, and for every tenant that can be asked, whatever became of the one before', async () => {
    const prices = {
      currency: 'EUR',
      perMillionPromptTokens: undefined,
      perMillionCompletionTokens: undefined,
      assumedPromptTokens: 1,
      assumedCompletionTokens: 1,
    };
    const usage: PredictionUsageOf = async (tenant) => {
      if (tenant === 'broken') throw new Error('inference is away');
      return [
        {
          day: '2026-01-02',
          model: 'm',
          student_calls: 3,
          teacher_calls: 1,
          abstentions: 0,
          no_tool_answers: 0,
          student_seconds: 0.1,
          caller_teacher_calls: 0,
          audits: 0,
          audit_prompt_tokens: 0,
          audit_completion_tokens: 0,
          teacher_prompt_tokens: 10,
          teacher_completion_tokens: 10,
        },
      ];
    };
    const loop = costLoop(
      {
        costs: postgresCosts(db),
        usage,
        clock: systemClock,
        newId,
        prices,
        exchanges: async () => [],
        table: async () => [],
      },
      { everyMs: 3_600_000, tenants: async () => ['broken', 'acme'] },
    );
    await expect(loop.run(new AbortController().signal)).rejects.toThrow('inference is away');
    const { rows } = await db.query('select tenant, model from cost_rows');
    expect(rows).toEqual([{ tenant: 'acme', model: 'm' }]);
  });
});
