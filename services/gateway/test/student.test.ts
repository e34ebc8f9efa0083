import { createChatCompletion } from '@retort/contracts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { nobody, question, served, startGateway, tools, type Gateway } from './gateway.ts';
import { call, completion, json, startTeacher, type Teacher } from '@retort/testing/teacher';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let teacher: Teacher;
let gateway: Gateway;
const balance = { tool: 'get_balance', parameters: { customer: '7' } };
const block = { tool: 'block_card', parameters: { customer: '7' } };

beforeAll(async () => {
  teacher = await startTeacher(json(completion({ tool_calls: [call('block_card', {})] })));
  gateway = await startGateway({
    teacherBaseUrl: teacher.url,
    upstreamRetries: 0,
    breakerFailures: 1000,
    whenTeacherIsDownByAgent: { brave: 'student' },
  });
});
afterEach(() => {
  gateway.says.student = served(balance);
  teacher.answers(json(completion({ tool_calls: [call('block_card', {})] })));
  teacher.asked.length = gateway.predicted.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

async function ask(more: object = {}, headers: Record<string, string> = {}) {
  const response = await fetch(`${gateway.host.url}${createChatCompletion.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-retort-key': gateway.key, ...headers },
    body: JSON.stringify({ model: 'teacher-2026', messages: question, tools, ...more }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}
const answered = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>;
const by = ({ headers }: { headers: Headers }) => [headers.get('x-retort-served-by'), headers.get('x-retort-reason')];

describe('a turn that the student serves', () => {
  it('is answered as the teacher would have, for nothing, without the teacher', async () => {
    gateway.says.student = served(balance, block);
    const given = await ask(
      { temperature: 0, seed: 7, metadata: { session_id: 's-2' } },
      { 'x-retort-agent': 'cards' },
    );
    expect(answered(given)).toMatchObject({
      object: 'chat.completion',
      model: 'teacher-2026',
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [
              { type: 'function', function: { name: 'get_balance', arguments: '{"customer":"7"}' } },
              { type: 'function', function: { name: 'block_card', arguments: '{"customer":"7"}' } },
            ],
          },
        },
      ],
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
    expect(by(given)).toEqual(['student', null]);
    expect(given.headers.get('x-retort-model-version')).toBe('v3');
    expect(given.headers.get('x-retort-confidence')).toBe('0.9910');
    expect(teacher.asked).toEqual([]);
    expect(gateway.predicted[0]).toMatchObject({
      agent_id: 'cards',
      fallback: 'caller',
      context: { channel: 'app', query: 'please, the balance of customer 7' },
      tools_available: [{ name: 'get_balance' }, { name: 'block_card' }],
    });
    const decision = await gateway.decisionOf(given);
    expect(decision).toMatchObject({
      agent_id: 'cards',
      group: 's-2',
      decided_by: { kind: 'student', model_version: 'v3' },
      tool_calls: [balance, block],
      exchange: { prompt_tokens: 0, completion_tokens: 0 },
    });
    // The calls are recorded under the ids that the agent was told.
    for (const { id } of decision.tool_calls!) expect(given.text).toContain(id);
  });

  it('is streamed with id and name of a call before its arguments', async () => {
    gateway.says.student = served(balance);
    const { text, headers } = await ask({ stream: true, stream_options: { include_usage: true } });
    expect(headers.get('content-type')).toBe('text/event-stream');
    const chunks = text.split('\n\n').filter((line) => line !== '');
    expect(chunks.at(-1)).toBe('data: [DONE]');
    const parts = chunks.slice(0, -1).map((line) => JSON.parse(line.slice('data: '.length)) as { choices: unknown[] });
    expect(parts.slice(0, -1).map(({ choices }) => choices[0])).toMatchObject([
      { delta: { role: 'assistant', content: null } },
      { delta: { tool_calls: [{ index: 0, type: 'function', function: { name: 'get_balance', arguments: '' } }] } },
      { delta: { tool_calls: [{ index: 0, function: { arguments: '{"customer":"7"}' } }] } },
      { delta: {}, finish_reason: 'tool_calls' },
    ]);
    expect(parts.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 0 } });
  });
});

describe('tool_choice', () => {
  const allowed = (mode: string) => ({
    type: 'allowed_tools',
    allowed_tools: { mode, tools: [{ type: 'function', function: { name: 'block_card' } }] },
  });
  it.each([
    ['auto', 'auto', ['get_balance', 'block_card']],
    ['required', 'required', ['get_balance', 'block_card']],
    ['a named tool', { type: 'function', function: { name: 'block_card' } }, ['block_card']],
    ['allowed tools', allowed('auto'), ['block_card']],
    ['required of allowed tools', allowed('required'), ['block_card']],
  ])('%s offers the student what the teacher would have had', async (_, choice, offered) => {
    gateway.says.student = served(block);
    expect(by(await ask({ tool_choice: choice }))).toEqual(['student', null]);
    expect(gateway.predicted[0]!.tools_available!.map(({ name }) => name)).toEqual(offered);
  });

  it('none is the teacher’s', async () => {
    expect(by(await ask({ tool_choice: 'none' }))).toEqual(['teacher', 'tool-choice-none']);
    expect(gateway.predicted).toEqual([]);
  });
});

describe('the teacher answers', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
  it.each([
    ['without tools', { tools: [] }, 'no-tools'],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'this?' }, image] }] },
      'unsupported-content',
    ],
    ['a begun answer', { messages: [...question, { role: 'assistant', content: 'The' }] }, 'unsupported-content'],
    ['several choices', { n: 2 }, 'unsupported-parameter'],
    ['log probabilities', { logprobs: true }, 'unsupported-parameter'],
    ['a form of answer', { response_format: { type: 'json_object' } }, 'unsupported-parameter'],
    ['a parameter that is not known', { of_tomorrow: 1 }, 'unsupported-parameter'],
    ['a tool that takes free text', { tools: [{ type: 'custom', custom: { name: 'sql' } }] }, 'unsupported-tool'],
  ])('%s, without asking the student', async (_, more, reason) => {
    expect(by(await ask(more))).toEqual(['teacher', reason]);
    expect(gateway.predicted).toEqual([]);
  });

  it('what the student leaves to it, and the decision says that it was left', async () => {
    gateway.says.student = { ...served(balance), call: null, served_by: 'none', fallback_reason: 'below-threshold' };
    const given = await ask();
    expect(by(given)).toEqual(['teacher', 'below-threshold']);
    expect(await gateway.decisionOf(given)).toMatchObject({
      tool_selected: 'block_card',
      exchange: { abstained: { reason: 'below-threshold', model_version: 'v3', confidence: 0.991 } },
    });
  });

  it('several calls where only one is wanted', async () => {
    gateway.says.student = served(balance, block);
    expect(by(await ask({ parallel_tool_calls: false }))).toEqual(['teacher', 'several-calls']);
  });

  it('on request, and in the shadow, where the student is asked too', async () => {
    expect(by(await ask({}, { 'x-retort-mode': 'teacher-only' }))).toEqual(['teacher', 'teacher-only']);
    expect(gateway.predicted).toEqual([]);
    const shadowed = await ask({}, { 'x-retort-mode': 'shadow' });
    expect(by(shadowed)).toEqual(['teacher', 'shadow']);
    expect(shadowed.headers.get('x-retort-confidence')).toBe('0.9910');
    expect(gateway.predicted).toHaveLength(1);
  });
});

describe('a teacher that is down', () => {
  it('is an error, unless the agent is to be answered by the student all the same', async () => {
    gateway.says.student = { ...served(balance), call: null, served_by: 'none', fallback_reason: 'novel' };
    teacher.answers((response) => void response.destroy());
    const refused = await ask();
    expect(refused.status).toBe(502);
    expect(answered(refused)).toMatchObject({ error: { code: 'gateway.teacher-unavailable' } });
    const given = await ask({}, { 'x-retort-agent': 'brave' });
    expect(by(given)).toEqual(['student', 'teacher-unavailable']);
    expect(given.text).toContain('get_balance');
    gateway.says.student = nobody;
    expect((await ask({}, { 'x-retort-agent': 'brave' })).status).toBe(502);
  });
});
