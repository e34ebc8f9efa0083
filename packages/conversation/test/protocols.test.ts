import { chat, contextOf, offeredTools, responses } from '@retort/conversation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** What is said, before it takes the form of an API. */
type Said =
  | { by: 'user' | 'developer'; text: string; images: number }
  | { by: 'model'; text: string; calls: { name: string; arguments: string; result: string; custom: boolean }[] };

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const call = fc.record({
  name: fc.constantFrom('get_balance', 'block_card'),
  arguments: fc.dictionary(text, fc.integer(), { maxKeys: 2 }).map((value) => JSON.stringify(value)),
  result: text,
  custom: fc.boolean(),
});
const turns = fc.array(
  fc.oneof(
    fc.record({ by: fc.constantFrom('user' as const, 'developer' as const), text, images: fc.nat(2) }),
    fc
      .record({ by: fc.constant('model' as const), text, calls: fc.array(call, { maxLength: 3 }) })
      .filter(({ text, calls }) => text !== '' || calls.length > 0),
  ),
  { maxLength: 8 },
);

/** Items do not say where one answer ends and the next begins, unless something came between. */
const conversation = turns.map((said): Said[] =>
  said.flatMap((turn) => (turn.by === 'model' ? [turn, between] : [turn])),
);
const between: Said = { by: 'user', text: 'Go on.', images: 0 };

const numbered = (turn: number, index: number) => `call_${turn}_${index}`;
const repeated = <Part>(count: number, part: Part) => Array.from({ length: count }, () => part);

function messageOf(said: Said, turn: number): object[] {
  if (said.by !== 'model')
    return [
      {
        role: said.by,
        content: [
          { type: 'text', text: said.text },
          ...repeated(said.images, { type: 'image_url', image_url: { url: 'https://cards.example/1.png' } }),
        ],
      },
    ];
  const tool_calls = said.calls.map(({ name, arguments: input, custom }, index) => {
    const made = custom
      ? { type: 'custom', custom: { name, input } }
      : { type: 'function', function: { name, arguments: input } };
    return { id: numbered(turn, index), ...made };
  });
  return [
    {
      role: 'assistant',
      content: said.text === '' ? null : said.text,
      ...(tool_calls.length > 0 ? { tool_calls } : {}),
    },
    ...said.calls.map(({ result }, index) => ({ role: 'tool', tool_call_id: numbered(turn, index), content: result })),
  ];
}

function itemsOf(said: Said, turn: number): object[] {
  if (said.by !== 'model')
    return [
      {
        role: said.by,
        content: [
          { type: 'input_text', text: said.text },
          ...repeated(said.images, { type: 'input_image', image_url: 'https://cards.example/1.png' }),
        ],
      },
    ];
  return [
    { type: 'reasoning', id: `rs_${turn}`, summary: [] },
    ...(said.text === ''
      ? []
      : [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: said.text, annotations: [] }] }]),
    ...said.calls.map(({ name, arguments: input, custom }, index) => ({
      call_id: numbered(turn, index),
      name,
      ...(custom ? { type: 'custom_tool_call', input } : { type: 'function_call', arguments: input }),
    })),
    ...said.calls.map(({ result, custom }, index) => ({
      type: custom ? 'custom_tool_call_output' : 'function_call_output',
      call_id: numbered(turn, index),
      output: result,
    })),
  ];
}

describe('a conversation', () => {
  it('is the same context and the same tools by either API, with calls made at once, their results, and images', () =>
    fc.assert(
      fc.property(conversation, text, (turns, instructions) => {
        const tool = { name: 'get_balance', parameters: { type: 'object' } };
        const asChat = chat.requestOf({
          messages: [{ role: 'system', content: instructions }, ...turns.flatMap(messageOf)],
          tools: [{ type: 'function', function: tool }],
        });
        const asResponse = responses.requestOf({
          instructions,
          input: turns.flatMap(itemsOf),
          tools: [{ type: 'function', ...tool }],
        });
        expect(contextOf(asResponse.messages)).toEqual(contextOf(asChat.messages));
        expect(offeredTools(asResponse)).toEqual(offeredTools(asChat));
      }),
      { numRuns: 1_000 },
    ));

  it('has calls that are made at once in one step', () => {
    const made = (call_id: string) => ({ type: 'function_call', call_id, name: 'get_balance', arguments: '{}' });
    const { messages } = responses.requestOf({ input: [{ role: 'user', content: 'both' }, made('a'), made('b')] });
    expect(contextOf(messages)['steps']).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { name: 'get_balance', arguments: '{}' },
          { name: 'get_balance', arguments: '{}' },
        ],
      },
    ]);
  });
});
