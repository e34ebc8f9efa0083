import { createChatCompletion, createResponse } from '@retort/contracts';
import { call, completion, json, startTeacher, type Teacher } from '@retort/testing/teacher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nobody, question, served, startGateway, tools, type Gateway } from './gateway.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json(completion({ tool_calls: [call('get_balance', { customer: '7' })] })));
  gateway = await startGateway({ teacherBaseUrl: teacher.url, upstreamRetries: 0 });
  gateway.prompts.set('cards@production', 'Be exact.');
  gateway.prompts.set('cards@canary', 'Be brief.');
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

async function ask(headers: Record<string, string>, body: object = { messages: question, tools }, path?: string) {
  const response = await fetch(`${gateway.host.url}${path ?? createChatCompletion.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key, ...headers },
    body: JSON.stringify({ model: 'teacher-2026', ...body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
const told = () => JSON.parse(teacher.asked.at(-1)!.body.toString()) as Record<string, unknown>;

describe('a prompt that a request names', () => {
  it('is told to the teacher before the agent’s own words, and is no part of what is recorded as the context', async () => {
    const plain = await gateway.decisionOf(await ask({}));
    const answer = await ask({ 'x-retort-prompt': 'cards@canary' });
    expect(told()).toEqual({
      model: 'teacher-2026',
      messages: [{ role: 'system', content: 'Be brief.' }, ...question],
      tools,
    });
    expect(Object.keys(teacher.asked.at(-1)!.headers)).not.toContain('x-retort-prompt');
    const decision = await gateway.decisionOf(answer);
    expect(decision.context).toEqual(plain.context);
    expect(decision.exchange!.prompt).toBe('cards@3');
    expect(plain.exchange!.prompt).toBeUndefined();
  });

  it('is the one in production where no label is named, and stands in the instructions of a response', async () => {
    const body = { instructions: 'You are a bank.', input: 'please, the balance' };
    await ask({ 'x-retort-prompt': 'cards' }, body, createResponse.path);
    expect(told()).toMatchObject({ instructions: 'Be exact.\nYou are a bank.', input: 'please, the balance' });
    await ask({ 'x-retort-prompt': 'cards' }, { input: 'hello' }, createResponse.path);
    expect(told()).toMatchObject({ instructions: 'Be exact.' });
  });

  it('that nobody knows, or of the wrong form, is a clear error, and the teacher is not asked', async () => {
    const asked = teacher.asked.length;
    const unknown = await ask({ 'x-retort-prompt': 'cards@nowhere' });
    expect(unknown.status).toBe(404);
    expect(JSON.parse(unknown.text)).toMatchObject({ error: { code: 'prompts.unknown-label' } });
    expect((await ask({ 'x-retort-prompt': 'a b' })).status).toBe(400);
    expect(teacher.asked.length).toBe(asked);
  });

  it('changes nothing for the student', async () => {
    gateway.says.student = served({ tool: 'get_balance', parameters: {} });
    const answer = await ask({ 'x-retort-prompt': 'cards@nowhere' });
    gateway.says.student = nobody;
    expect(answer.headers.get('x-retort-served-by')).toBe('student');
    expect(JSON.stringify(gateway.predicted.at(-1))).not.toContain('Be ');
  });
});
