import type { ToolDefinition } from '@retort/contracts';
import type { Call } from '@retort/kernel';
import OpenAI, { BadRequestError } from 'openai';
import type { ChatCompletion, ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import { callsOf, confidenceOf } from './answer.ts';
import type { Budget, Usage } from './budget.ts';
import { abortedBy } from './aborted-by.ts';
import { teacherFault } from './faults.ts';
import { concurrencyLimit } from './limit.ts';
import { contextToMessages, toolsToOpenAI, type Demonstration, type TeacherContext } from './messages.ts';
import { toolNames } from './tool-names.ts';

export interface TeacherOptions {
  /** Of an OpenAI-compatible endpoint, `…/v1`. */
  baseUrl: string;
  apiKey: string;
  model: string;
  /** Calls under way at once, at most; 8 when absent. */
  concurrency?: number;
  /** Milliseconds one attempt may take; 60 000 when absent. */
  timeoutMs?: number;
  /** Attempts after the first, with the client's exponential back-off and jitter; 3 when absent. */
  retries?: number;
  /** 0 when absent: the likeliest call. */
  temperature?: number;
  /** Shared by everything asked through this teacher; a question may bring its own. */
  budget?: Budget;
}

export interface TeacherQuestion {
  context: TeacherContext;
  tools: readonly ToolDefinition[];
  demonstrations?: readonly Demonstration[];
  instruction?: string;
  temperature?: number;
  /** Whether it may make several calls in one answer; it may not when absent. */
  parallelCalls?: boolean;
  budget?: Budget;
  signal?: AbortSignal;
}

export interface TeacherAnswer {
  /** The first of its calls; no tool where it answered in words. */
  call: Call;
  /** All calls of the answer. */
  calls: readonly Call[];
  /** Probability of the answer in [0, 1]; null when the server does not give it. */
  confidence: number | null;
  usage: Usage;
  /** Milliseconds, waiting in line not included. */
  latencyMs: number;
  /** The model that answered, as it calls itself. */
  model: string;
  /** What the model said beside the call. */
  text: string | null;
  raw: ChatCompletion;
}

/** The expensive model whose decisions are distilled. */
export interface Teacher {
  readonly model: string;
  /** @throws `llm.malformed-call`, `llm.tool-not-offered`, `llm.empty-answer` (502, retriable), `llm.timeout` (504),
   *          `llm.unreachable`, `llm.rate-limited` (503), `llm.upstream-error` (502), `llm.credentials-refused`,
   *          `llm.request-refused` (502, not retriable), `llm.budget-exhausted` (429) */
  decide(question: TeacherQuestion): Promise<TeacherAnswer>;
}

/** A teacher behind any OpenAI-compatible endpoint. */
export function connectTeacher(options: TeacherOptions): Teacher {
  const { model, concurrency = 8, timeoutMs = 60_000, retries = 3 } = options;
  const client = new OpenAI({
    baseURL: options.baseUrl,
    apiKey: options.apiKey,
    timeout: timeoutMs,
    maxRetries: retries,
  });
  const limited = concurrencyLimit(concurrency);
  // Some models refuse to be asked for log probabilities; they are asked once.
  let givesLogprobs = true;

  async function complete(
    request: ChatCompletionCreateParamsNonStreaming,
    signal: AbortSignal | undefined,
  ): Promise<ChatCompletion> {
    const send = (logprobs: boolean) =>
      client.chat.completions.create(logprobs ? { ...request, logprobs: true } : request, abortedBy(signal));
    if (!givesLogprobs) return send(false);
    try {
      return await send(true);
    } catch (error) {
      if (!(error instanceof BadRequestError) || !/logprobs/i.test(error.message)) throw error;
      const completion = await send(false);
      givesLogprobs = false;
      return completion;
    }
  }

  return {
    model,
    async decide(question) {
      const { context, tools, demonstrations, instruction, signal, parallelCalls = false } = question;
      const names = toolNames(tools.map(({ name }) => name));
      const request: ChatCompletionCreateParamsNonStreaming = {
        model,
        messages: contextToMessages({ context, instruction, demonstrations }),
        temperature: question.temperature ?? options.temperature ?? 0,
        ...(tools.length > 0 ? { tools: toolsToOpenAI(tools, names), parallel_tool_calls: parallelCalls } : {}),
      };
      const budget = question.budget ?? options.budget;
      const answer = async () => {
        budget?.take();
        const startedAt = performance.now();
        const completion = await complete(request, signal);
        return { completion, latencyMs: performance.now() - startedAt };
      };
      const { completion, latencyMs } = await limited(answer, signal).catch((error: unknown) => {
        throw teacherFault(error, signal);
      });
      const usage = {
        promptTokens: completion.usage?.prompt_tokens ?? 0,
        completionTokens: completion.usage?.completion_tokens ?? 0,
      };
      budget?.book(usage);
      const calls = callsOf(completion, names);
      return {
        call: calls[0] ?? { tool: null, parameters: {} },
        calls,
        confidence: confidenceOf(completion),
        usage,
        latencyMs,
        model: completion.model,
        text: completion.choices[0]?.message.content ?? null,
        raw: completion,
      };
    },
  };
}
