import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createChatCompletion, getDecision, getErasure, requestErasure, urlOf } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';
import { isInTables, logSchemas } from './stored-text.ts';

vi.setConfig({ testTimeout: 120_000 });

const secret = 'secret of c-7';
const customer = { kind: 'customer', value: 'c-7' };

let platform: TestPlatform;
let teacher: Server;

function startTeacher(): Promise<Server> {
  const call = { id: 'c1', type: 'function', function: { name: 'get_balance', arguments: '{}' } };
  const message = { role: 'assistant', content: null, tool_calls: [call] };
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    request.resume().once('end', () =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(
        JSON.stringify({
          id: 'a1',
          object: 'chat.completion',
          created: 0,
          model: 'the-teacher',
          choices: [{ index: 0, finish_reason: 'tool_calls', message }],
        }),
      ),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

beforeAll(async () => {
  teacher = await startTeacher();
  vi.stubEnv('RETORT_AUTO', 'false');
  vi.stubEnv('RETORT_GATEWAY_TEACHER_BASE_URL', `http://127.0.0.1:${(teacher.address() as AddressInfo).port}/v1`);
  platform = await startTestPlatform('gateway-privacy', undefined, {
    privacy: { subjects: [{ kind: 'customer', paths: ['context.customer_id'] }] },
    privacyKey: randomBytes(32).toString('base64'),
  });
}, 120_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  teacher.closeAllConnections();
  await new Promise((resolve) => teacher.close(resolve));
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
