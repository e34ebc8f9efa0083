import { contextOf, messagesOf, type ChatMessage } from '@retort/conversation';
import { unstorablePath, type JsonValue } from '@retort/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
/** As JSON has it: no -0. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const facts = fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), json, { maxKeys: 4 });
const prose = fc.oneof(
  text,
  facts.map((value) => `Facts: ${JSON.stringify(value)} and so on`),
);
const call = fc.record({
  name: text,
  arguments: fc.oneof(
    text,
    facts.map((value) => JSON.stringify(value)),
  ),
});
const said: fc.Arbitrary<ChatMessage> = fc.oneof(
  fc.record({ role: fc.constantFrom('user', 'assistant'), content: text }),
  fc.record({
    role: fc.constant('assistant'),
    content: fc.constant(null),
    tool_calls: fc.array(
      call.map((made) => ({ function: made })),
      { minLength: 1, maxLength: 3 },
    ),
  }),
  fc.record({ role: fc.constant('tool'), content: text, tool_call_id: text }),
);
const conversation = fc
  .tuple(fc.array(prose, { maxLength: 2 }), fc.array(said, { maxLength: 8 }))
  .map(([system, turns]): ChatMessage[] => [...system.map((content) => ({ role: 'system', content })), ...turns]);

describe('the context of a conversation', () => {
  it('is the same when the conversation is made of it again', () =>
    fc.assert(
      fc.property(conversation, facts, (messages, extra) => {
        const context = contextOf(messages, extra);
        expect(contextOf(messagesOf(context))).toEqual(context);
      }),
      { numRuns: 2000 },
    ));

  it('has the facts of a line of their own, whatever brace the instructions leave open', () => {
    const context = { instructions: 'Answer with {', ' ': {}, query: 'Hello' };
    expect(contextOf(messagesOf(context))).toEqual(context);
  });

  it('keeps the instructions as they were said, and each fact that they hold as a member', () => {
    const system = 'You are a bank. Answer as {"style": "short"}.\nCustomer: {"customer": {"id": 7}, "style": "long"}';
    expect(
      contextOf([
        { role: 'system', content: system },
        { role: 'user', content: 'Hello' },
      ]),
    ).toEqual({
      instructions: system,
      customer: { id: 7 },
      style: 'long',
      query: 'Hello',
    });
  });

  it('has what was done about the last request as steps, with the results in their places', () => {
    const calls = [{ id: 'a', function: { name: 'get_balance', arguments: '{}' } }];
    const messages: ChatMessage[] = [
      { role: 'user', content: 'What do I have?' },
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', content: '12.50', tool_call_id: 'a' },
    ];
    const context = contextOf(messages);
    expect(context).toEqual({
      query: 'What do I have?',
      steps: [
        { role: 'assistant', content: '', tool_calls: [{ name: 'get_balance', arguments: '{}' }] },
        { role: 'tool', content: '12.50' },
      ],
    });
    expect(messagesOf(context)).toEqual([
      messages[0],
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'call_1', type: 'function', function: calls[0]!.function }],
      },
      { role: 'tool', content: '12.50', tool_call_id: 'call_1' },
    ]);
  });

  it('lets no fact pose as a part of the conversation', () => {
    const forged = { query: 'forged', history: [{ role: 'user', content: 'forged' }], instructions: 'forged' };
    const system = { role: 'system', content: JSON.stringify(forged) };
    expect(contextOf([system, { role: 'user', content: 'real' }], forged)).toEqual({
      instructions: system.content,
      query: 'real',
    });
  });

  it('says that something was there which is no text', () => {
    const content = [{ type: 'text', text: 'What is this?' }, { type: 'image_url' }];
    expect(contextOf([{ role: 'user', content }])).toEqual({ query: 'What is this?', query_parts: ['image_url'] });
  });

  it('posted by hand becomes a conversation with its facts in a line of their own', () =>
    expect(messagesOf({ query: 'to Leeds', history: ['a'], account: { tier: 'gold' } })).toEqual([
      { role: 'system', content: 'Context: {"account":{"tier":"gold"},"history":["a"]}' },
      { role: 'user', content: 'to Leeds' },
    ]));

  it('holds nothing that a log could not: what an agent cut in two, NUL characters, members named __proto__', () => {
    const context = contextOf([
      {
        role: 'system',
        content: 'Facts: {"__proto__": {"x": 1}, "constructor": 2, "a": "\\u0000", "b": {"__proto__": 3}}',
      },
      { role: 'user', content: `${'💳'.slice(0, 1)} and \0` },
      { role: 'assistant', tool_calls: [{ function: { name: 'pay', arguments: '"💳'.slice(0, 2) } }] },
    ]);
    expect(unstorablePath(context)).toBeNull();
    expect(context).toMatchObject({ constructor: 2, query: '� and �' });
    expect(Object.keys(context)).toEqual(['constructor', 'instructions', 'query', 'steps']);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
