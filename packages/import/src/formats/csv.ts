import { emptyAnswer } from '@retort/conversation';
import { unusable, type Format } from '../exchange.ts';
import { messagesIn, toolsIn } from '../messages.ts';
import { outcomeIn } from '../outcome.ts';
import { given, member, momentIn, objectIn, textIn, unwrapped } from '../shapes.ts';

/** A table with a decision a row. `query` (or `messages`, as JSON) and `tool` are needed; an empty `tool` says that the
 *  teacher answered in words. */
export const csv: Format = {
  name: 'csv',
  description: 'a table: query or messages, tool, parameters (JSON), and id, agent, session, timestamp, tools, success',
  read(record) {
    const row = objectIn(record);
    if (!row || (row['tool'] === undefined && row['tool_selected'] === undefined)) return [unusable('not-this-format')];
    const messages = messagesIn(member(row, 'messages', 'query', 'input', 'text'));
    if (!messages) return [unusable('no-messages')];
    const tool = textIn(member(row, 'tool', 'tool_selected'));
    const parameters = member(row, 'parameters', 'tool_parameters', 'arguments');
    const success = { true: true, '1': true, false: false, '0': false }[String(member(row, 'success')).toLowerCase()];
    return [
      {
        ...given('id', textIn(row['id'])),
        request: {
          messages,
          ...given('tools', toolsIn(member(row, 'tools', 'tools_available'))),
          ...given('model', textIn(row['model'])),
        },
        answer: {
          ...emptyAnswer(),
          finishReason: 'stop',
          content: textIn(row['reasoning']) ?? '',
          calls: tool === undefined ? [] : [{ name: tool, arguments: argumentsOf(parameters), custom: false }],
        },
        ...given('agent', textIn(member(row, 'agent', 'agent_id'))),
        ...given('session', textIn(member(row, 'session', 'group'))),
        ...given('at', momentIn(member(row, 'timestamp', 'time'))),
        ...given('outcome', outcomeIn({ ...row, success })),
      },
    ];
  },
};

function argumentsOf(parameters: unknown): string {
  const object = objectIn(unwrapped(parameters));
  return object ? JSON.stringify(object) : (textIn(parameters) ?? '');
}
