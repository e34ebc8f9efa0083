import {
  emptyAnswer,
  sessionOf,
  type Answer,
  type ChatMessage,
  type ChatRequest,
  type ChatTool,
} from '@retort/conversation';
import { openTurn, quietly, type CaptureOptions, type OpenTurn } from '../capture.ts';

/** What a LangChain message and a model's result hold that a decision is made of. */
interface Message {
  getType(): string;
  content: unknown;
  id?: string | undefined;
  tool_calls?: readonly LangChainCall[] | undefined;
  invalid_tool_calls?: readonly { id?: string; name?: string; args?: string }[] | undefined;
  tool_call_id?: string;
  usage_metadata?: Usage | undefined;
  response_metadata?: Record<string, unknown>;
}
interface LangChainCall {
  id?: string | undefined;
  name: string;
  args: unknown;
}
interface Usage {
  input_tokens: number;
  output_tokens: number;
  input_token_details?: { cache_read?: number | undefined } | undefined;
}
interface Result {
  generations: readonly (readonly object[])[];
}

/** A callback handler that records each answer of a chat model with tools, of whatever provider.
 *  What passes Retort's gateway is recorded there.
 *  @example await model.invoke(messages, { callbacks: [recordingCallbacks({ recorder, agentId: 'desk' })] })
 *  @public */
export function recordingCallbacks(options: CaptureOptions) {
  const open = new Map<string, { turn: OpenTurn; session: string | undefined }>();
  return {
    handleChatModelStart(
      model: unknown,
      dialogues: readonly (readonly object[])[],
      runId: string,
      ...[, extra, , metadata]: [
        parent?: string,
        extra?: Record<string, unknown>,
        tags?: string[],
        metadata?: Record<string, unknown>,
      ]
    ): void {
      // The gateway records what passes it, and students answer there; callbacks see no headers that would tell.
      if (passesGateway(model, options.recorder.url)) return;
      const turn = openTurn(() => requestOf((dialogues[0] ?? []) as Message[], extra), options);
      if (turn) open.set(runId, { turn, session: sessionOf({ metadata }) });
    },
    handleLLMEnd(result: Result, runId: string): void {
      const { turn, session } = open.get(runId) ?? {};
      open.delete(runId);
      turn?.answered(quietly(() => answerOf(result), options) ?? emptyAnswer(), { session });
    },
    handleLLMError(_error: unknown, runId: string): void {
      open.delete(runId);
    },
  };
}

/** Whether a model is asked through Retort, by the address it was made with. */
function passesGateway(model: unknown, url: string): boolean {
  const { id = [], kwargs } = (model ?? {}) as {
    id?: readonly string[];
    kwargs?: { configuration?: { baseURL?: string | null } };
  };
  const byDefault = id.includes('openai') ? process.env['OPENAI_BASE_URL'] : undefined;
  return (kwargs?.configuration?.baseURL ?? byDefault)?.startsWith(url) ?? false;
}

function requestOf(messages: readonly Message[], extra: Record<string, unknown> | undefined): ChatRequest {
  const { tools, tool_choice, model } = (extra?.['invocation_params'] ?? {}) as Partial<ChatRequest>;
  return {
    messages: messages.map(messageOf),
    ...(model === undefined ? {} : { model }),
    tools: (tools ?? []).map(toolOf),
    ...(tool_choice === undefined ? {} : { tool_choice }),
  };
}

/** Providers write tools in their own forms: OpenAI's, that of its Responses API, or Anthropic's. */
function toolOf(tool: object): ChatTool {
  if ('function' in tool || 'custom' in tool) return tool as ChatTool;
  const {
    name = '',
    description,
    parameters,
    input_schema: schema,
  } = tool as Record<string, never> & { name?: string };
  return { function: { name, ...(description ? { description } : {}), parameters: parameters ?? schema ?? {} } };
}

const roles: Record<string, string> = { human: 'user', ai: 'assistant' };

function messageOf(message: Message): ChatMessage {
  const { content, tool_calls: calls = [], tool_call_id: answers } = message;
  const type = message.getType();
  return {
    role: roles[type] ?? type,
    content: content as NonNullable<ChatMessage['content']>,
    ...(calls.length > 0
      ? {
          tool_calls: calls.map(({ id, name, args }) => ({
            ...named(id),
            function: { name, arguments: JSON.stringify(args) },
          })),
        }
      : {}),
    ...(answers === undefined ? {} : { tool_call_id: answers }),
  };
}

const named = (id: string | undefined) => (id === undefined ? {} : { id });

function answerOf({ generations }: Result): Answer {
  const { message } = (generations[0]?.[0] ?? {}) as { message?: Message };
  const answer = emptyAnswer();
  if (!message) return answer;
  const { tool_calls: calls = [], invalid_tool_calls: invalid = [], usage_metadata: usage } = message;
  const told = message.response_metadata ?? {};
  const cached = usage?.input_token_details?.cache_read;
  return {
    id: textIn(told['id']) ?? message.id,
    model: textIn(told['model_name'] ?? told['model']),
    content: typeof message.content === 'string' ? message.content : '',
    calls: [
      ...calls.map(({ id, name, args }) => ({ ...named(id), name, arguments: JSON.stringify(args), custom: false })),
      // Arguments that are no JSON: the tool is known all the same.
      ...invalid.map(({ id, name = '', args = '' }) => ({ ...named(id), name, arguments: args, custom: false })),
    ],
    finishReason: finishReasonIn(told),
    usage: usage
      ? { prompt: usage.input_tokens, completion: usage.output_tokens, ...(cached === undefined ? {} : { cached }) }
      : null,
  };
}

/** A provider that does not say why it stopped has come to its end. */
function finishReasonIn(told: Record<string, unknown>): string {
  const reason = textIn(told['finish_reason'] ?? told['stop_reason'] ?? told['status']) ?? 'stop';
  return reason === 'max_tokens' || reason === 'incomplete' ? 'length' : reason;
}

const textIn = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
