import { noUsage, type StudentTurn } from './student-turn.ts';

export const chatId = (decisionId: string) => `chatcmpl-${decisionId}`;

/** A student's turn as a chat completion. It costs no tokens. */
export function chatCompletion({ id, model, created, calls }: StudentTurn): Record<string, unknown> {
  const message = { role: 'assistant', content: null, refusal: null, tool_calls: calls.map(toolCall) };
  return {
    id: chatId(id),
    object: 'chat.completion',
    created,
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: 'tool_calls' }],
    usage: noUsage,
  };
}

/** The same as a stream: of each call id and name first, then its arguments. */
export function chatCompletionStream(
  { id, model, created, calls }: StudentTurn,
  { includeUsage }: { includeUsage: boolean },
): string {
  const chunk = (choices: object[], usage: object | null = null) =>
    dataLine({
      id: chatId(id),
      object: 'chat.completion.chunk',
      created,
      model,
      choices,
      ...(includeUsage ? { usage } : {}),
    });
  const delta = (part: object, finish_reason: string | null = null) =>
    chunk([{ index: 0, delta: part, logprobs: null, finish_reason }]);
  return [
    delta({ role: 'assistant', content: null }),
    ...calls.flatMap((call, index) => {
      const begun = { ...toolCall({ ...call, arguments: '' }), index };
      return [
        delta({ tool_calls: [begun] }),
        delta({ tool_calls: [{ index, function: { arguments: call.arguments } }] }),
      ];
    }),
    delta({}, 'tool_calls'),
    ...(includeUsage ? [chunk([], noUsage)] : []),
    'data: [DONE]\n\n',
  ].join('');
}

const toolCall = ({ id, name, arguments: text }: StudentTurn['calls'][number]) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
});

const dataLine = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
