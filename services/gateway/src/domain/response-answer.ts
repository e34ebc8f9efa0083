import type { StudentTurn } from './student-turn.ts';

const prefix = 'resp_retort_';
export const responseId = (decisionId: string) => `${prefix}${decisionId}`;
/** The decision behind the id of a student's response; undefined for a provider's own. */
export const decisionOfResponse = (id: string): string | undefined =>
  id.startsWith(prefix) ? id.slice(prefix.length) : undefined;

type Body = Record<string, unknown>;

const noUsage = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
};

/** A student's turn as a response. It costs no tokens. */
export function response(turn: StudentTurn, asked: Body): Body {
  return { ...head(turn, asked), status: 'completed', output: turn.calls.map(callItem), usage: noUsage };
}

/** What the request said, as a response repeats it. */
function head({ id, model, created }: StudentTurn, asked: Body): Body {
  const repeated = (name: string, otherwise: unknown) => asked[name] ?? otherwise;
  return {
    id: responseId(id),
    object: 'response',
    created_at: created,
    model,
    error: null,
    incomplete_details: null,
    instructions: repeated('instructions', null),
    max_output_tokens: repeated('max_output_tokens', null),
    metadata: repeated('metadata', {}),
    parallel_tool_calls: repeated('parallel_tool_calls', true),
    previous_response_id: repeated('previous_response_id', null),
    reasoning: { effort: null, summary: null },
    store: repeated('store', true),
    temperature: repeated('temperature', 1),
    text: { format: { type: 'text' } },
    tool_choice: repeated('tool_choice', 'auto'),
    tools: repeated('tools', []),
    top_p: repeated('top_p', 1),
    truncation: repeated('truncation', 'disabled'),
    user: repeated('user', null),
  };
}

/** The same as a stream of events. */
export function responseStream(turn: StudentTurn, asked: Body): string {
  const begun = { ...head(turn, asked), status: 'in_progress', output: [], usage: null };
  const events: Body[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...turn.calls.flatMap((call, output_index) => {
      const item = callItem(call);
      const at = { item_id: item.id, output_index };
      const open = { ...item, arguments: '', status: 'in_progress' };
      return [
        { type: 'response.output_item.added', output_index, item: open },
        { type: 'response.function_call_arguments.delta', ...at, delta: call.arguments },
        { type: 'response.function_call_arguments.done', ...at, name: call.name, arguments: call.arguments },
        { type: 'response.output_item.done', output_index, item },
      ];
    }),
    { type: 'response.completed', response: response(turn, asked) },
  ];
  return events
    .map((event, sequence_number) => {
      const data = JSON.stringify({ ...event, sequence_number });
      return `event: ${String(event['type'])}\ndata: ${data}\n\n`;
    })
    .join('');
}

/** A call as an item, of a response or of a later request. */
export function callItem({ id, name, arguments: text }: StudentTurn['calls'][number]) {
  return {
    id: `fc_${id.replace(/^call_/, '')}`,
    type: 'function_call' as const,
    call_id: id,
    name,
    arguments: text,
    status: 'completed',
  };
}
