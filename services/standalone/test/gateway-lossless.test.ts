import { createChatCompletion, getDecision, reportCallOutcome, reportOutcome, urlOf } from '@retort/contracts';
import { until } from '@retort/testing';
import { call, completion, json, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

vi.setConfig({ testTimeout: 120_000 });

let platform: TestPlatform;
let teacher: Teacher;
beforeAll(async () => {
  teacher = await startTeacher(json(''));
  vi.stubEnv('RETORT_AUTO', 'false');
  vi.stubEnv('RETORT_GATEWAY_TEACHER_BASE_URL', teacher.url);
  platform = await startTestPlatform('gateway-lossless');
  await caughtUp(platform);
}, 180_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await teacher.close();
});

const parameters = { type: 'object', properties: { customer: { type: 'string' } }, required: ['customer', 'card'] };
const send = (path: string, body: object) =>
  platform.send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** What the teacher calls, asked through the gateway; the id of the decision. */
async function ask(calls: object[], content = 'block the card of customer 7', tools = ['block_card', 'constructor']) {
  teacher.answers(json(completion({ tool_calls: calls })));
  const answer = await send(urlOf(createChatCompletion), {
    model: 'the-teacher',
    messages: [{ role: 'user', content }],
    tools: tools.map((name) => ({ type: 'function', function: { name, parameters } })),
  });
  expect(answer.status).toBe(200);
  return answer.headers.get('x-retort-decision-id')!;
}
const recorded = (id: string) =>
  until('the decision to be recorded', async () => {
    const answer = await platform.send(urlOf(getDecision, { params: { id } }), {});
    return answer.status === 200 && ((await answer.json()) as Record<string, unknown>);
  });

describe('what passes the gateway', () => {
  it('is recorded though its arguments violate the schema of the tool: those that nothing is said against are known', async () => {
    const calls = [
      call('block_card', { customer: 7, card: 'gold' }, 'a'),
      call('block_card', { customer: '7' }, 'b'),
      call('block_card', { customer: '7', card: 'gold' }, 'c'),
    ];
    expect(await recorded(await ask(calls))).toMatchObject({
      tool_selected: 'block_card',
      tool_calls: [
        { id: 'a', parameters: null, known_parameters: { card: 'gold' } },
        { id: 'b', parameters: null, known_parameters: { customer: '7' } },
        { id: 'c', parameters: { customer: '7', card: 'gold' } },
      ],
    });
  });

  it('is recorded though arguments and prompt hold what no log can', async () => {
    const made = (id: string, text: string) => ({
      ...call('constructor', {}, id),
      function: { name: 'constructor', arguments: text },
    });
    const poisoned = '{"customer":"7","card":"x","__proto__":{"a":1}}';
    const id = await ask(
      [made('a', poisoned), made('b', poisoned), made('c', '{"customer":"\\u0000","card":"x"}')],
      `\0 ${poisoned}`,
    );
    expect(await recorded(id)).toMatchObject({
      tool_calls: [
        { tool: 'constructor', parameters: null, known_parameters: { customer: '7', card: 'x' } },
        { parameters: null, known_parameters: { customer: '7', card: 'x' } },
        { parameters: null, known_parameters: { card: 'x' } },
      ],
    });
  });

  it('may be told an outcome of at once, by its id and by that of the call', async () => {
    const id = await ask([call('block_card', { customer: '7', card: 'x' }, 'call_at_once')]);
    const told = await Promise.all([
      send(urlOf(reportOutcome, { params: { id } }), { success: true }),
      send(urlOf(reportCallOutcome, { params: { call_id: 'call_at_once' } }), { success: true }),
    ]);
    expect(told.map(({ status }) => status)).toEqual([201, 201]);
  });
});
