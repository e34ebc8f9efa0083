import type { ToolDefinition } from '@retort/contracts';
import { isFault, type JsonObject } from '@retort/kernel';
import { startFineTuningServer, type FineTuningServer } from '@retort/testing/fine-tuning';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  chatLine,
  checkTrainingFiles,
  connectTeacher,
  fineTuningJobs,
  preferenceLine,
  type ExampleDecision,
  type FineTuningJobs,
  type TrainingFiles,
} from '../src/index.ts';

const tools: ToolDefinition[] = [
  { name: 'Banks_1.Pay', parameters: { type: 'object', properties: { to: { type: 'string' } }, required: ['to'] } },
  { name: 'balance' },
];
const examples = (count: number, offset = 0): ExampleDecision[] =>
  Array.from({ length: count }, (_, index) => {
    const number = index + offset;
    return number % 2 === 0
      ? { context: { query: `pay ${number} to Ada` }, tools, call: { tool: 'Banks_1.Pay', parameters: { to: 'Ada' } } }
      : { context: { query: `balance of account ${number}` }, tools, call: { tool: 'balance', parameters: {} } };
  });
const texts = (decisions: readonly ExampleDecision[]) =>
  decisions.map((decision) => JSON.stringify(chatLine(decision)));

/** Enough of a schema for these tools. */
const accepts = (schema: JsonObject | undefined, parameters: JsonObject) =>
  ((schema?.['required'] ?? []) as string[]).every((name) => typeof parameters[name] === 'string');
const codes = (files: Partial<TrainingFiles>) =>
  checkTrainingFiles({ training: texts(examples(12)), method: 'supervised', accepts, ...files }).map(
    ({ code }) => code,
  );

describe('a training file', () => {
  it('of decisions passes every check, also with a validation file and as preferences', () => {
    expect(codes({ validation: texts(examples(10, 100)) })).toEqual([]);
    const wrong = { tool: 'balance', parameters: {} };
    const preferences = examples(24)
      .filter(({ call }) => call.tool !== 'balance')
      .map((decision) => JSON.stringify(preferenceLine(decision, wrong)));
    expect(codes({ training: preferences, method: 'dpo' })).toEqual([]);
  });

  it('holds the request as the teacher got it, and the arguments as a string', () => {
    const line = chatLine(examples(1)[0]!);
    expect(line.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    expect(line).toMatchObject({
      parallel_tool_calls: false,
      messages: [{}, {}, { tool_calls: [{ function: { name: 'Banks_1_Pay', arguments: '{"to":"Ada"}' } }] }],
    });
    expect(line.tools[0]).toMatchObject({ function: { name: 'Banks_1_Pay' } });
  });

  it('says in words that no tool is called', () => {
    const none = examples(12).map((decision) => ({ ...decision, call: { tool: null, parameters: {} } }));
    expect(codes({ training: texts(none) })).toEqual([]);
  });

  const changed = (change: (line: ReturnType<typeof chatLine>) => object) =>
    examples(12).map((decision, index) =>
      JSON.stringify(index === 0 ? change(chatLine(decision)) : chatLine(decision)),
    );
  const withAssistant = (message: object) =>
    changed((line) => ({ ...line, messages: [...line.messages.slice(0, -1), { role: 'assistant', ...message }] }));
  const call = (id: string, name: string, written: unknown) => ({
    id,
    type: 'function',
    function: { name, arguments: written },
  });

  it.each<[string, string[], string[]]>([
    ['too few lines', texts(examples(9)), ['too-few-lines']],
    ['a line that is no JSON', [...texts(examples(12)), '{'], ['malformed']],
    ['a line without messages', [...texts(examples(12)), '{"tools":[]}'], ['malformed']],
    [
      'a last message of the user',
      changed((line) => ({ ...line, messages: line.messages.slice(0, 2) })),
      ['last-not-assistant'],
    ],
    ['a tool nobody offered', withAssistant({ tool_calls: [call('a', 'other', '{}')] }), ['tool-unknown']],
    [
      'arguments that are no string',
      withAssistant({ tool_calls: [call('a', 'balance', {})] }),
      ['arguments-not-string'],
    ],
    ['arguments that are no JSON', withAssistant({ tool_calls: [call('a', 'balance', '{')] }), ['arguments-invalid']],
    [
      'arguments against the schema',
      withAssistant({ tool_calls: [call('a', 'Banks_1_Pay', '{"to":1}')] }),
      ['arguments-invalid'],
    ],
    [
      'two calls of one id',
      withAssistant({ tool_calls: [call('a', 'balance', '{}'), call('a', 'balance', '{}')] }),
      ['duplicate-id'],
    ],
    [
      'a call on the way that nobody answered',
      changed((line) => ({
        ...line,
        messages: [{ role: 'assistant', tool_calls: [call('a', 'balance', '{}')] }, ...line.messages],
      })),
      ['call-unanswered'],
    ],
  ])('with %s is refused', (_what, training, expected) => expect(codes({ training })).toEqual(expected));

  it('with a call on the way that was answered passes', () =>
    expect(
      codes({
        training: changed((line) => ({
          ...line,
          messages: [
            { role: 'assistant', tool_calls: [call('a', 'balance', '{}')] },
            { role: 'tool', tool_call_id: 'a', content: '7' },
            ...line.messages,
          ],
        })),
      }),
    ).toEqual([]));

  it('whose requests come back in the validation file is refused', () =>
    expect(codes({ validation: texts(examples(10, 11)) })).toEqual(['leakage']));

  it('of preferences with two preferred outputs is refused', () => {
    const line = preferenceLine(examples(1)[0]!, { tool: 'balance', parameters: {} });
    const twice = { ...line, preferred_output: [line.preferred_output[0], line.preferred_output[0]] };
    expect(codes({ training: Array.from({ length: 10 }, () => JSON.stringify(twice)), method: 'dpo' })).toContain(
      'malformed',
    );
  });
});

describe('a fine-tuning job', () => {
  let server: FineTuningServer;
  let jobs: FineTuningJobs;
  beforeEach(async () => {
    server = await startFineTuningServer();
    jobs = fineTuningJobs({ baseUrl: server.baseUrl, apiKey: server.apiKey, pollMs: 1 });
  });
  afterEach(() => server.close());

  const start = async (lines = texts(examples(20)), more: { model?: string; reference?: string } = {}) => {
    const trainingFile = await jobs.upload('training.jsonl', lines);
    return jobs.create({
      model: 'base',
      method: 'supervised',
      seed: 1,
      suffix: 'retort',
      reference: 'r1',
      trainingFile,
      ...more,
    });
  };
  const states = async (id: string) => {
    const seen = [];
    for await (const job of jobs.follow(id)) seen.push(job);
    return seen;
  };

  it('is followed through its states to a model that answers', async () => {
    const { id } = await start();
    const seen = await states(id);
    expect(seen.map(({ status }) => status)).toEqual(['validating_files', 'queued', 'running', 'succeeded']);
    const model = seen.at(-1)!.fine_tuned_model!;
    const teacher = connectTeacher({ baseUrl: server.baseUrl, apiKey: server.apiKey, model });
    const { call } = await teacher.decide({ context: { query: 'pay 8 to Ada' }, tools });
    expect(call).toEqual({ tool: 'Banks_1.Pay', parameters: { to: 'Ada' } });
  });

  it('has checkpoints in the order of their steps, with what was measured', async () => {
    const { id } = await start();
    await states(id);
    const found = await jobs.checkpoints(id);
    expect(found.map(({ step }) => step)).toEqual([10, 20, 30]);
    expect(found[0]).toMatchObject({ metrics: { train_loss: 1, train_mean_token_accuracy: 0.7 } });
  });

  it('ends as failed, with the reason, when the server refuses the file', async () => {
    const { id } = await start(texts(examples(3)));
    expect((await states(id)).at(-1)).toMatchObject({ status: 'failed', error: { code: 'invalid_n_examples' } });
  });

  it('can be cancelled while it runs', async () => {
    server.hold('running');
    const { id } = await start();
    for await (const { status } of jobs.follow(id)) if (status === 'running') await jobs.cancel(id);
    expect(server.jobs.get(id)!.status).toBe('cancelled');
  });

  it('is found again by its reference, until it failed', async () => {
    const { id } = await start();
    await start(undefined, { reference: 'other' });
    expect((await jobs.find('r1'))?.id).toBe(id);
    await jobs.cancel(id);
    expect(await jobs.find('r1')).toBeNull();
  });

  it('tells credentials and models that are refused apart from an endpoint that fails', async () => {
    const stranger = fineTuningJobs({ baseUrl: server.baseUrl, apiKey: 'wrong', pollMs: 1 });
    await expect(stranger.upload('f', [])).rejects.toSatisfy((error) => isFault(error, 'llm.credentials-refused'));
    await expect(start(undefined, { model: 'unknown' })).rejects.toSatisfy((error) =>
      isFault(error, 'llm.request-refused'),
    );
  });
});
