import {
  emptyAnswer,
  type Answer,
  type ChatMessage,
  type ChatRequest,
  type ChatTool,
  type ToolChoice,
} from '@retort/conversation';
import { openTurn, quietly, type CaptureOptions } from '../capture.ts';

/** The part of a call, and of an answer, of the AI SDK's language models (specification v3) that a decision is made of. */
interface CallOptions {
  prompt: readonly { role: string; content: string | readonly Part[] }[];
  tools?:
    readonly { type: string; name: string; description?: string | undefined; inputSchema?: unknown }[] | undefined;
  toolChoice?: { type: string; toolName?: string } | undefined;
}
interface Part {
  type: string;
  text?: unknown;
  toolCallId?: unknown;
  toolName?: unknown;
  input?: unknown;
  output?: unknown;
}
interface GenerateResult {
  content: readonly Part[];
  finishReason: unknown;
  usage: unknown;
  response?:
    { id?: string | undefined; modelId?: string | undefined; headers?: Record<string, string> | undefined } | undefined;
}
interface StreamResult {
  stream: ReadableStream<object>;
  response?: { headers?: Record<string, string> | undefined } | undefined;
}

/** Middleware for `wrapLanguageModel` that records each answer to a call with tools, of whatever provider.
 *  @example wrapLanguageModel({ model: openai('gpt-5-mini'), middleware: recordingMiddleware({ recorder, agentId: 'desk' }) })
 *  @public */
export function recordingMiddleware(options: CaptureOptions) {
  return {
    specificationVersion: 'v3' as const,
    async wrapGenerate<Result extends GenerateResult>(call: {
      doGenerate: () => PromiseLike<Result>;
      params: CallOptions;
      model: { modelId: string };
    }): Promise<Result> {
      const turn = openTurn(() => requestOf(call.params, call.model.modelId), options);
      const result = await call.doGenerate();
      turn?.answered(quietly(() => answerOf(result), options) ?? emptyAnswer(), headersOf(result));
      return result;
    },
    async wrapStream<Result extends StreamResult>(call: {
      doStream: () => PromiseLike<Result>;
      params: CallOptions;
      model: { modelId: string };
    }): Promise<Result> {
      const turn = openTurn(() => requestOf(call.params, call.model.modelId), options);
      const result = await call.doStream();
      if (!turn) return result;
      const answer = emptyAnswer();
      const watch = new TransformStream<object, object>({
        transform(part, controller) {
          controller.enqueue(part);
          quietly(() => addPart(answer, part), options);
        },
        flush: () => turn.answered(answer, headersOf(result)),
      });
      return { ...result, stream: result.stream.pipeThrough(watch) };
    },
  };
}

function requestOf({ prompt, tools, toolChoice }: CallOptions, model: string): ChatRequest {
  const choice = choiceOf(toolChoice);
  return {
    model,
    messages: prompt.flatMap(({ role, content }) =>
      typeof content === 'string'
        ? [{ role, content }]
        : role === 'tool'
          ? resultsOf(content)
          : [messageOf(role, content)],
    ),
    tools: (tools ?? []).filter(({ type }) => type === 'function').map(toolOf),
    ...(choice === undefined ? {} : { tool_choice: choice }),
  };
}

function toolOf({ name, description, inputSchema }: NonNullable<CallOptions['tools']>[number]): ChatTool {
  const parameters = { parameters: inputSchema as Record<string, unknown> };
  return { function: { name, ...(description === undefined ? {} : { description }), ...parameters } };
}

function choiceOf(choice: CallOptions['toolChoice']): ToolChoice | undefined {
  if (choice?.type !== 'tool') return choice?.type;
  return { type: 'function', function: { name: choice.toolName ?? '' } };
}

function messageOf(role: string, parts: readonly Part[]): ChatMessage {
  const calls = parts.filter(({ type }) => type === 'tool-call').map(callOf);
  const said = parts.filter(({ type }) => type === 'text' || type === 'file');
  return {
    role,
    content: said.map(({ type, text }) => (typeof text === 'string' ? { type, text } : { type })),
    ...(calls.length > 0
      ? { tool_calls: calls.map(({ id, name, arguments: text }) => ({ id, function: { name, arguments: text } })) }
      : {}),
  };
}

const callOf = ({ toolCallId, toolName, input }: Part) => ({
  id: String(toolCallId),
  name: String(toolName),
  arguments: textOf(input ?? {}),
  custom: false,
});

function resultsOf(parts: readonly Part[]): ChatMessage[] {
  return parts
    .filter(({ type }) => type === 'tool-result')
    .map(({ toolCallId, output }) => {
      const { value, reason } = output as { value?: unknown; reason?: string };
      return { role: 'tool', tool_call_id: String(toolCallId), content: textOf(value ?? reason ?? '') };
    });
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

function answerOf({ content, finishReason, usage, response }: GenerateResult): Answer {
  const answer = { ...emptyAnswer(), id: response?.id, model: response?.modelId };
  for (const part of content) addPart(answer, part);
  return finish(answer, finishReason, usage);
}

/** A part of the content, or of a stream of it. */
function addPart(answer: Answer, given: object): void {
  const part = given as Part & {
    id?: string;
    modelId?: string;
    delta?: string;
    finishReason?: unknown;
    usage?: unknown;
  };
  if (part.type === 'text') answer.content += String(part.text);
  else if (part.type === 'text-delta') answer.content += part.delta ?? '';
  else if (part.type === 'tool-call') answer.calls.push(callOf(part));
  else if (part.type === 'response-metadata') Object.assign(answer, { id: part.id, model: part.modelId });
  else if (part.type === 'finish') finish(answer, part.finishReason, part.usage);
}

function finish(answer: Answer, reason: unknown, usage: unknown): Answer {
  const { unified } = (typeof reason === 'string' ? { unified: reason } : reason) as { unified: string };
  answer.finishReason = unified === 'error' ? null : unified.replace('-', '_');
  const { inputTokens: read, outputTokens: written } = usage as Record<
    'inputTokens' | 'outputTokens',
    Tokens | undefined
  >;
  if (read?.total === undefined && written?.total === undefined) return answer;
  const cached = read?.cacheRead === undefined ? {} : { cached: read.cacheRead };
  answer.usage = { prompt: read?.total ?? 0, completion: written?.total ?? 0, ...cached };
  return answer;
}
interface Tokens {
  total?: number;
  cacheRead?: number;
}

function headersOf({ response }: { response?: { headers?: Record<string, string> | undefined } | undefined }) {
  return response?.headers ? { headers: new Headers(response.headers) } : {};
}
