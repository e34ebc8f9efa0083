import { createChatCompletion, reportCallOutcome, urlOf } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { question, served, startGateway, tools, nobody, type Gateway } from './gateway.ts';
import { call, completion, json, startTeacher, type Teacher } from '@retort/testing/teacher';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;

beforeAll(async () => {
  teacher = await startTeacher(json(''));
  gateway = await startGateway({ teacherBaseUrl: teacher.url });
});
beforeEach(() => {
  gateway.outcomes.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

const send = (url: string, body: unknown, key = gateway.key) =>
  fetch(`${gateway.host.url}${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': key, authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
async function ask(messages: readonly object[]) {
  const response = await send(createChatCompletion.path, { model: 'teacher-2026', messages, tools });
  const { choices } = (await response.json()) as {
    choices: [{ message: { tool_calls?: { id: string; function: object }[] } }];
  };
  return { decision: response.headers.get('x-retort-decision-id')!, message: choices[0].message };
}
const results = (made: Awaited<ReturnType<typeof ask>>, content: string) => [
  ...question,
  made.message,
  ...(made.message.tool_calls ?? []).map(({ id }) => ({ role: 'tool', tool_call_id: id, content })),
];
const reported = (count: number) =>
  until(`${count} outcomes`, () => gateway.outcomes.length >= count && gateway.outcomes);

describe('what became of a call', () => {
  it('of the student is read off the next request, once for each call, without a guess whether it worked', async () => {
    gateway.says.student = served(
      { tool: 'get_balance', parameters: { customer: '7' } },
      { tool: 'block_card', parameters: {} },
    );
    const made = await ask(question);
    expect(made.message.tool_calls!.every(({ id }) => id.length <= 40)).toBe(true);
    for (let time = 0; time < 2; time++) await ask(results(made, '{"balance":12}'));
    expect(await reported(2)).toEqual(
      made.message.tool_calls!.map(({ id }) => ({
        id: made.decision,
        outcome: { call_id: id, result: '{"balance":12}' },
      })),
    );
  });

  it('of the teacher is, too, though its ids say nothing of the decision', async () => {
    gateway.says.student = nobody;
    teacher.answers(json(completion({ tool_calls: [call('block_card', {}, 'call_of_the_teacher')] })));
    const made = await ask(question);
    await gateway.recordedAs(made.decision);
    await ask(results(made, 'blocked'));
    expect(await reported(1)).toEqual([
      { id: made.decision, outcome: { call_id: 'call_of_the_teacher', result: 'blocked' } },
    ]);
  });

  it('may be reported by the provider’s id of the call', async () => {
    const url = urlOf(reportCallOutcome, { params: { call_id: 'call_of_the_teacher' } });
    expect((await send(url, { success: false, execution_time_ms: 3 })).status).toBe(201);
    expect(await reported(1)).toMatchObject([{ outcome: { success: false, call_id: 'call_of_the_teacher' } }]);
  });

  it('is refused of a call that nobody made, or another tenant did', async () => {
    const of = (id: string, key?: string) =>
      send(urlOf(reportCallOutcome, { params: { call_id: id } }), { success: true }, key);
    const unknown = await of('call_nobody');
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toMatchObject({ type: '/errors#gateway.call-unknown' });
    expect((await of('call_of_the_teacher', await gateway.keyOf('other'))).status).toBe(404);
    expect(gateway.outcomes).toEqual([]);
  });
});
