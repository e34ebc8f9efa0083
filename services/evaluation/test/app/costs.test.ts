import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, systemClock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { serviceClient } from '@retort/service-kit';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresCosts } from '../../src/adapters/postgres-costs.ts';
import { predictionUsage } from '../../src/adapters/prediction-usage.ts';
import { costLoop } from '../../src/app/costs.ts';

let test: TestDatabase;
let db: Database;
let inference: Server;
let http: ReturnType<typeof serviceClient>;
beforeAll(async () => {
  test = await testDatabase();
  db = await test.migrated({ schema: 'evaluation', folder: new URL('../../migrations/', import.meta.url) });
  const usage = {
    day: '2026-01-02',
    model: 'm',
    student_calls: 3,
    teacher_calls: 1,
    abstentions: 0,
    student_seconds: 0.1,
    teacher_prompt_tokens: 10,
    teacher_completion_tokens: 10,
  };
  // Inference as it answers for one tenant, and fails for another.
  inference = createServer((request, response) => {
    const fails = request.headers['x-retort-tenant'] === 'broken';
    response.writeHead(fails ? 404 : 200, { 'content-type': 'application/json' });
    response.end(fails ? '{}' : JSON.stringify({ data: [usage] }));
  }).listen(0, '127.0.0.1');
  await once(inference, 'listening');
  const { port } = inference.address() as AddressInfo;
  http = serviceClient({ key: 'any', baseUrlOf: () => `http://127.0.0.1:${port}` });
});
afterAll(async () => {
  await http.close();
  inference.close();
  await test.drop();
});

describe('what is known of costs', () => {
  it('is kept at once, and for every tenant that can be asked, whatever became of the one before', async () => {
    const prices = {
      currency: 'EUR',
      perMillionPromptTokens: undefined,
      perMillionCompletionTokens: undefined,
      assumedPromptTokens: 1,
      assumedCompletionTokens: 1,
    };
    const loop = costLoop(
      { costs: postgresCosts(db), usage: predictionUsage(http), clock: systemClock, newId, prices },
      { everyMs: 3_600_000, tenants: async () => ['broken', 'acme'] },
    );
    await expect(loop.run(new AbortController().signal)).rejects.toThrow();
    const { rows } = await db.query('select tenant, model from cost_rows');
    expect(rows).toEqual([{ tenant: 'acme', model: 'm' }]);
  });
});
