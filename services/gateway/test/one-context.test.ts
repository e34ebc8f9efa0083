import { contextOf, responses } from '@retort/conversation';
import { newId } from '@retort/kernel';
import type { DecisionInput } from '@retort/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTurn } from '../src/app/answer-turn.ts';
import type { AskedTurn } from '../src/app/asked-turn.ts';
import { chatCompletions, responsesApi, type DropIn } from '../src/app/drop-in.ts';
import { knownTools } from '../src/app/known-tools.ts';
import type { AskStudent } from '../src/app/ports.ts';
import type { AnsweredTurn } from '../src/app/turn-recorder.ts';
import { nobody, tools } from './gateway.ts';
import { call, completion } from '@retort/testing/teacher';

const text = fc.oneof(fc.string(), fc.json(), fc.constant('You are a bank. {"channel":"app"}'));
const message = fc.oneof(
  fc.record({ role: fc.constantFrom('system', 'developer', 'user', 'assistant'), content: text }),
  fc.record({ role: fc.constant('assistant'), tool_calls: fc.constant([call('get_balance', { customer: '7' })]) }),
  fc.record({ role: fc.constant('tool'), tool_call_id: fc.constant('call_t1'), content: text }),
);
const conversation = fc
  .tuple(fc.array(message, { maxLength: 8 }), text)
  .map(([before, last]) => [...before, { role: 'user', content: last }]);

const chatAnswer = completion({ tool_calls: [call('get_balance', { customer: '7' })] });

/** The same dialogue as the items of a response, with two calls at once before each result. */
const made = (call_id: string) => ({
  type: 'function_call',
  call_id,
  name: 'get_balance',
  arguments: '{"customer":"7"}',
});
const result = (call_id: string, output: string) => ({ type: 'function_call_output', call_id, output });
const items = fc
  .tuple(fc.array(fc.oneof(message, text), { maxLength: 8 }), text)
  .map(([before, last]) => [
    ...before.flatMap((one): object[] =>
      typeof one === 'string'
        ? [made('a'), { type: 'reasoning', id: 'rs_1', summary: [] }, made('b'), result('a', one), result('b', '1')]
        : 'tool_calls' in one || one.role === 'tool'
          ? []
          : [one],
    ),
    { role: 'user', content: last },
  ]);
const answered = JSON.stringify({ id: 'resp_1', model: 'teacher-2026', status: 'completed', output: [made('c')] });

/** What the student is asked, and what of the same request is recorded. */
async function bothOf(api: DropIn, asking: Record<string, unknown>, said: string) {
  const asked: Parameters<AskStudent>[1][] = [];
  const recorded: AnsweredTurn[] = [];
  const body = { model: 'teacher-2026', ...asking };
  const turn: AskedTurn = {
    agent: 'cards',
    session: undefined,
    mode: 'student-first',
    prompt: undefined,
    headers: {},
    isRecorded: true,
    body,
    keyId: 'key',
    author: { tenant: 'acme', trace: { correlationId: newId(), causationId: null } },
    raw: Buffer.from(JSON.stringify(body)),
    signal: () => new AbortController().signal,
  };
  const given = await answerTurn(
    {
      toolsOf: knownTools(),
      student: (_, question) => {
        asked.push(question);
        return Promise.resolve(nobody);
      },
      teacher: () =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'application/json' },
          upstream: 'teacher',
          body: (async function* () {
            yield Buffer.from(said);
          })(),
        }),
      prompts: () => Promise.reject(new Error('no prompt is asked for')),
      recorder: { record: (answered) => recorded.push(answered) > 0 },
      spending: { admit: () => undefined, spent: () => Promise.resolve() },
      responses: { answered: () => undefined },
      outcomes: { made: () => undefined, told: () => undefined },
      largestRecorded: 1_000_000,
      whenTeacherIsDown: () => 'error',
      onAnswered: () => undefined,
      clock: () => new Date(0),
      log: { warn: () => undefined } as never,
    },
    api,
    turn,
  );
  if ('handedOn' in given) for await (const _ of given.handedOn.body) continue;
  return { asked: asked[0]!, recorded: (await recorded[0]!.decision()) as DecisionInput };
}

describe('a conversation', () => {
  it('is the same context and the same tools to the student and in the decision that it learns from', () =>
    fc.assert(
      fc.asyncProperty(conversation, async (messages) => {
        const { asked, recorded } = await bothOf(chatCompletions, { messages, tools }, chatAnswer);
        expect(recorded.context).toEqual(asked.context);
        expect(recorded.tools_available).toEqual(asked.tools);
      }),
      { numRuns: 200 },
    ));

  it('is by the Responses API, too, with calls made at once and their results', () =>
    fc.assert(
      fc.asyncProperty(items, async (input) => {
        const offered = tools.map(({ type, function: tool }) => ({ type, ...tool }));
        const { asked, recorded } = await bothOf(responsesApi, { input, tools: offered }, answered);
        expect(recorded.context).toEqual(asked.context);
        expect(recorded.tools_available).toEqual(asked.tools);
        // The SDK makes its question of the same dialogue, told as a chat.
        expect(asked.context).toEqual(contextOf(responses.requestOf({ input }).messages));
      }),
      { numRuns: 200 },
    ));
});
