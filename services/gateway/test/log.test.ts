import { Writable } from 'node:stream';
import { createChatCompletion, createResponse, reportCallOutcome, urlOf } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import {
  call,
  chunks,
  completion,
  events,
  json,
  startTeacher,
  type Reply,
  type Teacher,
} from '@retort/testing/teacher';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nobody, served, startGateway, tools, type Gateway } from './gateway.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const secrets = {
  providersKey: 'sk-SECRET-of-the-provider',
  question: 'SECRET-what-the-customer-asks',
  argument: 'SECRET-argument-of-a-call',
  words: 'SECRET-what-the-teacher-says',
  result: 'SECRET-what-a-tool-returned',
  wrongKey: 'rt_SECRETwrongkey_0123456789',
};

let written = '';
let teacher: Teacher;
let gateway: Gateway;
beforeAll(async () => {
  teacher = await startTeacher(json('{}'));
  const destination = new Writable({
    write(piece: Buffer, _, done) {
      written += piece.toString();
      done();
    },
  });
  gateway = await startGateway(
    { teacherBaseUrl: teacher.url, upstreamRetries: 0, breakerFailures: 1000, upstreamTimeoutMs: 300 },
    createLogger({ level: 'trace', destination }),
  );
});
afterAll(async () => {
  await gateway.close();
  await teacher.close();
});

const messages = [
  { role: 'system', content: 'You are a bank.' },
  { role: 'user', content: secrets.question },
];
async function ask(
  body: object | string = {},
  headers: Record<string, string> = {},
  path: string = createChatCompletion.path,
) {
  await fetch(`${gateway.host.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-retort-key': gateway.key,
      authorization: `Bearer ${secrets.providersKey}`,
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify({ model: 'teacher-2026', messages, tools, ...body }),
  })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined); // a stream that breaks
}
const calls = [call('get_balance', { customer: secrets.argument })];
const teachers: [string, Reply][] = [
  ['answers', json(completion({ content: secrets.words, tool_calls: calls }))],
  [
    'streams',
    events(chunks([{ role: 'assistant', content: secrets.words }, { tool_calls: [{ ...calls[0], index: 0 }] }])),
  ],
  ['calls what was not offered', json(completion({ tool_calls: [call('transfer', { to: secrets.argument })] }))],
  ['says garbage', json(`<html>${secrets.words}</html>`)],
  ['says garbage in a stream', events([`data: {"choices": ${secrets.words}\n\n`])],
  ['refuses', json(`{"error":{"message":"${secrets.words}"}}`, { status: 401 })],
  ['fails', json(`{"error":{"message":"${secrets.words}"}}`, { status: 500 })],
  ['breaks off', (response) => void response.writeHead(200).write(secrets.words, () => response.destroy())],
  ['hangs', () => undefined],
  ['is no HTTP server', (response) => void response.socket!.end(secrets.words)],
];

describe('the log at its most talkative', () => {
  it.each(teachers)('holds neither keys nor bodies when the teacher %s', async (_, reply) => {
    teacher.answers(reply);
    await ask();
    await ask({ stream: true });
    await ask({ input: secrets.question, messages: undefined }, {}, createResponse.path);
  });

  it('holds neither when the student answers, fails, or its turn cannot be stored', async () => {
    gateway.says.student = served({ tool: 'get_balance', parameters: { customer: secrets.argument } });
    await ask();
    gateway.says.storeFails = true;
    const before = gateway.says.refusals;
    await ask();
    await until('an attempt to store it', () => gateway.says.refusals > before);
    gateway.says.storeFails = false;
    gateway.says.student = { ...nobody, confidence: secrets.words as never };
    await ask();
    gateway.says.student = nobody;
  });

  it('holds neither when a request is refused', async () => {
    teacher.answers(json(completion({ content: 'Hello.' }, 'stop')));
    await ask({}, { 'x-retort-key': secrets.wrongKey });
    await ask({}, { 'x-retort-mode': secrets.words });
    await ask({}, { 'x-retort-prompt': 'SECRET-what-the-teacher-says@nowhere' });
    await ask(`{"messages": "${secrets.question}`);
    const result = { role: 'tool', tool_call_id: 'call_1', content: secrets.result };
    await ask({ messages: [...messages, { role: 'assistant', tool_calls: calls }, result] });
    await ask(
      { result: secrets.result, success: 'yes' },
      {},
      urlOf(reportCallOutcome, { params: { call_id: 'nobody' } }),
    );
  });

  it('was written, and names none of them', async () => {
    await until('refusals to be logged', () => written.includes('request refused'));
    const lines = written.split('\n').filter((line) => line.includes('SECRET') || line.includes(gateway.key));
    expect(lines).toEqual([]);
    expect(written.split('\n').length).toBeGreaterThan(20);
  });
});
