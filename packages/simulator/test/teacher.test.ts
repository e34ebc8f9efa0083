import { canonicalCall, type Call, type JsonObject } from '@retort/kernel';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTraffic,
  requestToMessages,
  startTeacher,
  teacherModel,
  type Drift,
  type SimulatedRequest,
  type Teacher,
} from '../src/index.ts';

const noise = 0.2;
let teacher: Teacher;
let client: OpenAI;

beforeAll(async () => {
  teacher = await startTeacher({ seed: 1, noise });
  client = new OpenAI({ baseURL: teacher.url, apiKey: 'simulated', maxRetries: 0 });
});
afterAll(() => teacher.close());

async function ask(request: Pick<SimulatedRequest, 'context' | 'tools'>, choice?: 'none' | 'required') {
  const completion = await client.chat.completions.create({
    model: teacherModel,
    ...requestToMessages(request),
    ...(choice ? { tool_choice: choice } : {}),
    logprobs: true,
  });
  const [answer] = completion.choices;
  const called = answer?.message.tool_calls?.[0];
  const call: Call =
    called?.type === 'function'
      ? { tool: called.function.name, parameters: JSON.parse(called.function.arguments) as JsonObject }
      : { tool: null, parameters: {} };
  return { completion, call, confidence: Math.exp(answer?.logprobs?.content?.[0]?.logprob ?? Number.NaN) };
}

function draw(count: number, drift?: Drift): SimulatedRequest[] {
  const traffic = createTraffic({ seed: 11, ...(drift ? { drift } : {}) });
  return Array.from({ length: count }, () => traffic.next());
}

const agrees = async (request: SimulatedRequest) =>
  canonicalCall((await ask(request)).call) === canonicalCall(request.truth);

describe('the simulated teacher, asked with the openai client', () => {
  it('makes the prescribed call on at least 1 - noise of the clear requests', async () => {
    const clear = draw(600).filter(({ ambiguous }) => !ambiguous);
    const answers = await Promise.all(clear.map(agrees));
    expect(answers.filter(Boolean).length / answers.length).toBeGreaterThan(Math.max(1 - noise, 0.98));
  });

  it('understands the language and the rules of a drift as well', async () => {
    for (const name of ['new-phrasing', 'changed-rule'] as const) {
      const clear = draw(200, { name, after: 0 }).filter(({ ambiguous }) => !ambiguous);
      const answers = await Promise.all(clear.map(agrees));
      expect(answers.filter(Boolean).length / answers.length, name).toBeGreaterThan(0.95);
    }
  });

  it('does not always agree with itself on an ambiguous request, and is less sure of it', async () => {
    const requests = draw(1_500);
    const vague = requests.find(({ ambiguous, truth }) => ambiguous && truth.tool !== null)!;
    const clear = requests.find(({ ambiguous, truth }) => !ambiguous && truth.tool !== null)!;
    const answersTo = async (request: SimulatedRequest) => {
      const answers = [];
      for (let time = 0; time < 40; time++) answers.push(await ask(request));
      return {
        different: new Set(answers.map(({ call }) => canonicalCall(call))).size,
        confidence: answers.reduce((total, { confidence }) => total + confidence, 0) / answers.length,
      };
    };
    const [ofVague, ofClear] = [await answersTo(vague), await answersTo(clear)];
    expect(ofVague.different).toBe(2);
    expect(ofClear.different).toBe(1);
    expect(ofClear.confidence).toBeGreaterThan(ofVague.confidence + 0.2);
  });

  it('counts its calls and bills tokens', async () => {
    const before = teacher.calls();
    const { completion } = await ask(draw(1)[0]!);
    expect(teacher.calls()).toBe(before + 1);
    expect(completion.usage!.total_tokens).toBe(completion.usage!.prompt_tokens + completion.usage!.completion_tokens);
    expect(completion.usage!.prompt_tokens).toBeGreaterThan(100);
  });

  it('honours tool_choice', async () => {
    const request = draw(50).find(({ truth }) => truth.tool !== null)!;
    expect((await ask(request, 'none')).call.tool).toBeNull();
    expect((await ask(request, 'required')).call.tool).not.toBeNull();
  });

  it('calls no tool when what it is told makes no sense to it', async () => {
    const { tools } = draw(1)[0]!;
    for (const context of [{}, { query: 'lorem ipsum dolor' }, { query: 42, loan: 'x' }, { query: 'pay off my loan' }])
      expect((await ask({ context, tools })).call.tool).toBeNull();
    const unknown = [{ name: 'unheard_of', description: 'Unknown.' }];
    expect((await ask({ context: { query: 'pay off my loan' }, tools: unknown })).call.tool).toBeNull();
  });

  it('lists its model', async () => {
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([teacherModel]);
  });
});

describe('a bad request to the simulated teacher', () => {
  async function post(body: string, path = '/chat/completions') {
    const response = await fetch(teacher.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const { error } = (await response.json()) as { error: { message: string; type: string; param: string | null } };
    expect(error.message.length).toBeGreaterThan(0);
    return { status: response.status, type: error.type, param: error.param };
  }
  const invalid = { status: 400, type: 'invalid_request_error' };
  const hello = [{ role: 'user', content: 'hello' }];

  it.each([
    ['malformed JSON', '{"model":', null],
    ['no model', JSON.stringify({ messages: hello }), 'model'],
    ['no messages', JSON.stringify({ model: teacherModel, messages: [] }), 'messages'],
    ['an unknown role', JSON.stringify({ model: teacherModel, messages: [{ role: 'king' }] }), 'messages[0].role'],
    [
      'a tool without a name',
      JSON.stringify({ model: teacherModel, messages: hello, tools: [{ type: 'function', function: {} }] }),
      'tools[0].function.name',
    ],
    ['a stream', JSON.stringify({ model: teacherModel, messages: hello, stream: true }), 'stream'],
  ])('is answered as OpenAI would: %s', async (_case, body, param) => {
    expect(await post(body)).toEqual({ ...invalid, param });
  });

  it('names an unknown model or address with 404', async () => {
    expect((await post(JSON.stringify({ model: 'gpt', messages: hello }))).status).toBe(404);
    expect((await post('{}', '/nowhere')).status).toBe(404);
  });

  it('reaches the openai client as its own error classes', async () => {
    await expect(client.chat.completions.create({ model: 'gpt', messages: [] })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
  });
});
