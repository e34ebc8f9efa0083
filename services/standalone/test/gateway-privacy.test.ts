import { randomBytes } from 'node:crypto';
import { createChatCompletion, getDecision, getErasure, requestErasure, urlOf } from '@retort/contracts';
import { until } from '@retort/testing';
import { calling, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';
import { isInTables, logSchemas } from './stored-text.ts';

vi.setConfig({ testTimeout: 120_000 });

const secret = 'secret of c-7';
const customer = { kind: 'customer', value: 'c-7' };

let platform: TestPlatform;
let teacher: Teacher;

beforeAll(async () => {
  teacher = await startTeacher(calling(() => 'get_balance'));
  vi.stubEnv('RETORT_AUTO', 'false');
  vi.stubEnv('RETORT_GATEWAY_TEACHER_BASE_URL', teacher.url);
  platform = await startTestPlatform('gateway-privacy', undefined, {
    privacy: { subjects: [{ kind: 'customer', paths: ['context.customer_id'] }] },
    privacyKey: randomBytes(32).toString('base64'),
  });
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await teacher.close();
});

describe('a turn that the gateway recorded', () => {
  let id: string;

  it('is stored encrypted, and read in the clear', async () => {
    const response = await platform.send(urlOf(createChatCompletion), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'the-teacher',
        messages: [
          { role: 'system', content: `You are a bank. {"customer_id":"${customer.value}","note":"${secret}"}` },
          { role: 'user', content: 'my balance, please' },
        ],
        tools: [{ type: 'function', function: { name: 'get_balance', parameters: { type: 'object' } } }],
      }),
    });
    expect(response.status).toBe(200);
    id = response.headers.get('x-retort-decision-id')!;
    await response.text();
    const decision = await until('the turn is recorded', async () => {
      const { body, problem } = await platform.call(getDecision, { params: { id } });
      return problem === null ? body : null;
    });
    expect(decision.context).toMatchObject({ customer_id: customer.value, note: secret });
    expect(await isInTables(platform.database, secret, logSchemas)).toBe(false);
    expect(await isInTables(platform.database, secret)).toBe(true);
  });

  it('is erased with its subject', async () => {
    const { erasure_id } = await platform.read(requestErasure, { body: { subject: customer } });
    const { keys } = await until('the erasure is completed', async () => {
      const view = await platform.read(getErasure, { params: { erasure_id } });
      return view.state === 'completed' ? view : null;
    });
    expect(keys).toBe(1);
    await caughtUp(platform);
    expect(await isInTables(platform.database, secret)).toBe(false);
  });
});
