import { emptyAnswer, responses, type ChatRequest } from '@retort/conversation';
import { openTurn, quietly, type CaptureOptions } from '../capture.ts';
import { replace } from '../replace.ts';

/** The part of `@openai/agents`' models, requests and answers that a decision is made of. */
interface AgentsModel {
  getResponse(request: never): Promise<object>;
  getStreamedResponse(request: never): AsyncIterable<object>;
}
interface ModelRequest {
  systemInstructions?: string;
  input: string | readonly Item[];
  modelSettings?: { toolChoice?: string };
  tools?: readonly Tool[];
  handoffs?: readonly { toolName: string; toolDescription: string; inputJsonSchema: object }[];
  previousResponseId?: string;
  conversationId?: string;
}
interface Item {
  type?: string;
  callId?: string;
  output?: unknown;
}
interface Tool {
  type: string;
  name: string;
  description?: string;
  parameters?: object;
}
interface ModelResponse {
  output: readonly Item[];
  responseId?: string;
  id?: string;
  usage: { inputTokens: number; outputTokens: number; inputTokensDetails?: readonly { cached_tokens?: number }[] };
  providerData?: { model?: string };
}

/** A model of the OpenAI Agents SDK that records each of its answers to a request with tools; a handoff is a tool.
 *  @example new Agent({ name: 'desk', model: recordModel(await new OpenAIProvider().getModel('gpt-5-mini'), { recorder, agentId: 'desk' }) })
 *  @public */
export function recordModel<Model extends AgentsModel>(model: Model, options: CaptureOptions): Model {
  const begin = (request: unknown) => openTurn(() => requestOf(request as ModelRequest), options);
  const end = (turn: ReturnType<typeof begin>, response: unknown) =>
    turn?.answered(quietly(() => answerOf(response as ModelResponse), options) ?? emptyAnswer());
  return replace(model, {
    async getResponse(request: never) {
      const turn = begin(request);
      const response = await model.getResponse(request);
      end(turn, response);
      return response;
    },
    async *getStreamedResponse(request: never) {
      const turn = begin(request);
      for await (const event of model.getStreamedResponse(request)) {
        yield event;
        const { type, response } = event as { type?: string; response?: unknown };
        if (type === 'response_done') end(turn, response);
      }
    },
  });
}

/** Told as a request of the Responses API, whose items these are in camel case. */
function requestOf(request: ModelRequest): ChatRequest {
  const { systemInstructions, input, modelSettings, tools = [], handoffs = [] } = request;
  const choice = modelSettings?.toolChoice;
  return responses.requestOf({
    instructions: systemInstructions,
    input: typeof input === 'string' ? input : input.map(itemOf),
    tools: [
      ...tools,
      ...handoffs.map(({ toolName, toolDescription, inputJsonSchema }) => ({
        type: 'function',
        name: toolName,
        description: toolDescription,
        parameters: inputJsonSchema,
      })),
    ],
    ...(choice === undefined ? {} : { tool_choice: choiceOf(choice) }),
    previous_response_id: request.previousResponseId,
    conversation: request.conversationId,
  });
}

const choiceOf = (choice: string) =>
  ['auto', 'required', 'none'].includes(choice) ? choice : { type: 'function', name: choice };

function itemOf({ callId, ...item }: Item): object {
  const called = callId === undefined ? {} : { call_id: callId };
  if (item.type === 'function_call_result')
    return { type: 'function_call_output', ...called, output: outputOf(item.output) };
  return { ...item, ...called };
}

function outputOf(output: unknown): unknown {
  if (typeof output === 'string' || Array.isArray(output)) return output;
  return (output as { text?: string } | undefined)?.text ?? '';
}

function answerOf({ output, responseId, id, usage, providerData }: ModelResponse) {
  const answer = emptyAnswer();
  const cached = usage.inputTokensDetails?.[0]?.cached_tokens;
  responses.addPart(answer, {
    id: responseId ?? id,
    model: providerData?.model,
    status: 'completed',
    output: output.map(itemOf),
    usage: {
      input_tokens: usage.inputTokens,
      output_tokens: usage.outputTokens,
      ...(cached === undefined ? {} : { input_tokens_details: { cached_tokens: cached } }),
    },
  });
  return answer;
}
