import { createResponse } from '@retort/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { served, startGateway, tools, type Gateway } from './gateway.ts';
import { json, startTeacher, type Teacher } from '@retort/testing/teacher';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
const balance = { tool: 'get_balance', parameters: { customer: '7' } };
const answered = { id: 'resp_t1', object: 'response', status: 'completed', model: 'teacher-2026', output: [] };

beforeAll(async () => {
  teacher = await startTeacher(json(answered));
  gateway = await startGateway({ teacherBaseUrl: teacher.url });
});
afterEach(() => {
  gateway.says.student = served(balance);
  gateway.found.clear();
  teacher.asked.length = gateway.predicted.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

const offered = tools.map(({ function: tool }) => ({ type: 'function', strict: false, ...tool }));

async function ask(more: object = {}) {
  const response = await fetch(`${gateway.host.url}${createResponse.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key },
    body: JSON.stringify({ model: 'teacher-2026', input: 'the balance of customer 7', tools: offered, ...more }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}
const bodyOf = ({ text }: { text: string }) => JSON.parse(text) as { id: string; output: { call_id: string }[] };
const by = ({ headers }: { headers: Headers }) => [headers.get('x-retort-served-by'), headers.get('x-retort-reason')];

describe('a response of the student', () => {
  it('has a function call for each call, for nothing', async () => {
    gateway.says.student = served(balance, { tool: 'block_card', parameters: {} });
    const given = await ask({ instructions: 'You are a bank.', metadata: { session_id: 's-3' } });
    expect(by(given)).toEqual(['student', null]);
    expect(bodyOf(given)).toMatchObject({
      object: 'response',
      status: 'completed',
      instructions: 'You are a bank.',
      output: [
        { type: 'function_call', name: 'get_balance', arguments: '{"customer":"7"}', status: 'completed' },
        { type: 'function_call', name: 'block_card', arguments: '{}' },
      ],
      usage: { total_tokens: 0 },
    });
    expect(await gateway.decisionOf(given)).toMatchObject({
      group: 's-3',
      context: { instructions: 'You are a bank.', query: 'the balance of customer 7' },
      decided_by: { kind: 'student', model_version: 'v3' },
      exchange: { response_id: bodyOf(given).id },
    });
  });

  it('is streamed as numbered events that end with the whole', async () => {
    const { text } = await ask({ stream: true });
    const events = text
      .split('\n\n')
      .filter((event) => event !== '')
      .map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 'data: '.length)) as { type: string });
    expect(events.map(({ type }) => type.replace(/^response\./, ''))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'function_call_arguments.delta',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    expect(events.map((event) => (event as { sequence_number?: number }).sequence_number)).toEqual([
      0, 1, 2, 3, 4, 5, 6,
    ]);
    expect(events.at(-1)).toMatchObject({ response: { status: 'completed', output: [{ name: 'get_balance' }] } });
  });
});

describe('a request that goes on from a response of the student', () => {
  const result = (call_id: string) => [{ type: 'function_call_output', call_id, output: '{"balance":12}' }];

  it('reaches the teacher with the dialogue in its place', async () => {
    const first = bodyOf(await ask({ metadata: { session_id: 's-4' } }));
    gateway.says.student = { ...served(balance), call: null, served_by: 'none', fallback_reason: 'novel' };
    const call_id = first.output[0]!.call_id;
    expect(by(await ask({ previous_response_id: first.id, input: result(call_id) }))).toEqual(['teacher', 'novel']);
    const forwarded = JSON.parse(teacher.asked.at(-1)!.body.toString()) as Record<string, unknown>;
    expect(forwarded).not.toHaveProperty('previous_response_id');
    expect(forwarded['input']).toMatchObject([
      { role: 'user', content: 'the balance of customer 7' },
      { type: 'function_call', call_id, name: 'get_balance', arguments: '{"customer":"7"}' },
      { type: 'function_call_output', call_id, output: '{"balance":12}' },
    ]);
    expect(gateway.predicted.at(-1)!.context).toMatchObject({
      query: 'the balance of customer 7',
      steps: [{ tool_calls: [{ name: 'get_balance' }] }, { role: 'tool', content: '{"balance":12}' }],
    });
  });

  it('is known by the log when another process answered', async () => {
    gateway.found.set('d-1', {
      id: 'd-1',
      event_id: 'e-1',
      tenant: 'acme',
      agent_id: 'agent',
      position: '1',
      answer: 'call' as const,
      toolset: `sha256:${'0'.repeat(64)}`,
      tool_selected: balance.tool,
      tool_parameters: balance.parameters,
      occurred_at: '2026-01-01T00:00:00.000Z',
      recorded_at: '2026-01-01T00:00:00.000Z',
      decided_by: { kind: 'student', model_version: 'v3' },
      context: { query: 'the balance of customer 7' },
      tool_calls: [{ ...balance, id: 'call_1' }],
    });
    expect(by(await ask({ previous_response_id: 'resp_retort_d-1', input: result('call_1') }))[0]).toBe('student');
    expect(gateway.predicted.at(-1)!.context).toMatchObject({ steps: [{ tool_calls: [{ name: 'get_balance' }] }, {}] });
  });

  it('is refused by name when nobody knows it', async () => {
    const refused = await ask({ previous_response_id: 'resp_retort_nobody' });
    expect(refused.status).toBe(404);
    expect(JSON.parse(refused.text)).toMatchObject({
      error: { code: 'gateway.response-unknown', param: '/previous_response_id' },
    });
  });
});

describe('a request that goes on from a response of the teacher', () => {
  it('is passed on as it is, and the student sees the dialogue before', async () => {
    gateway.says.student = { ...served(balance), call: null, served_by: 'none', fallback_reason: 'novel' };
    const call = { type: 'function_call', call_id: 'call_t9', name: 'get_balance', arguments: '{"customer":"7"}' };
    teacher.answers(json({ ...answered, id: 'resp_t9', output: [call] }));
    expect(by(await ask())).toEqual(['teacher', 'novel']);
    const input = [{ type: 'function_call_output', call_id: 'call_t9', output: '{"balance":12}' }];
    const more = { previous_response_id: 'resp_t9', input };
    const next = await ask(more);
    expect(by(next)).toEqual(['teacher', 'novel']);
    expect(JSON.parse(teacher.asked.at(-1)!.body.toString())).toMatchObject(more);
    const context = {
      query: 'the balance of customer 7',
      steps: [{ tool_calls: [{ name: 'get_balance' }] }, { role: 'tool', content: '{"balance":12}' }],
    };
    expect(gateway.predicted.at(-1)!.context).toMatchObject(context);
    expect(await gateway.decisionOf(next)).toMatchObject({ context });
    teacher.answers(json(answered));
  });

  it('is answered by the student where it may, and goes on from there', async () => {
    gateway.says.student = { ...served(balance), call: null, served_by: 'none', fallback_reason: 'novel' };
    teacher.answers(json({ ...answered, id: 'resp_t10' }));
    await ask();
    gateway.says.student = served(balance);
    const given = await ask({ previous_response_id: 'resp_t10', input: 'and of customer 8' });
    expect(by(given)).toEqual(['student', null]);
    expect(gateway.predicted.at(-1)!.context).toMatchObject({ query: 'and of customer 8' });
    teacher.answers(json(answered));
  });
});

describe('the teacher answers', () => {
  it.each([
    ['from a response of its own', { previous_response_id: 'resp_t0' }, 'conversation-elsewhere'],
    ['in a conversation', { conversation: 'conv_1' }, 'conversation-elsewhere'],
    ['with tools of the provider', { tools: [...offered, { type: 'web_search' }] }, 'unsupported-tool'],
    ['a form of answer', { text: { format: { type: 'json_object' } } }, 'unsupported-parameter'],
    ['in the background', { background: true }, 'unsupported-parameter'],
    ['an item that is not told', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 'unsupported-content'],
    ['a file', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] }, 'unsupported-content'],
  ])('%s, with the bytes that were sent', async (_, more, reason) => {
    expect(by(await ask(more))).toEqual(['teacher', reason]);
    expect(JSON.parse(teacher.asked.at(-1)!.body.toString())).toMatchObject(more);
    expect(gateway.predicted).toEqual([]);
  });
});
