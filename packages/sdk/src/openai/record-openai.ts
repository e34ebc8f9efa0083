import type { DecisionInput } from '@retort/contracts';
import type { Recorder } from '../recorder.ts';
import { addPart, emptyAnswer, type Answer } from './answer.ts';
import { decisionsOf, offeredTools, type Asked } from './decisions.ts';
import { watchCompletion } from './watch.ts';
import type { ChatRequest } from './wire.ts';

export interface OpenAIClient {
  chat: { completions: { create(...parameters: never[]): unknown } };
}

export interface RecordOpenAIOptions {
  recorder: Recorder;
  agentId: string;
  /** The facts of a decision. Without it they are the last JSON object in a system message. */
  context?: DecisionInput['context'] | ((request: ChatRequest) => DecisionInput['context']);
  /** The session or dialogue: decisions of one group are never split between training and test. */
  group?: string | ((request: ChatRequest) => string | undefined);
  /** An answer could not be recorded. It reaches the agent all the same. */
  onError?: (error: unknown) => void;
}

/** The client, recording what it decides: each `chat.completions.create` with tools (also through `parse`, `stream` and
 *  `runTools`) is a decision for each tool called. The client that was given stays as it is, so that several agents can
 *  share it; what it answers is handed on untouched. An answer nobody reads to its end is not recorded. */
export function recordOpenAI<Client extends OpenAIClient>(client: Client, options: RecordOpenAIOptions): Client {
  const { completions } = client.chat;
  const create = (...parameters: never[]) => {
    const answered = completions.create(...parameters);
    const asked = quietly(() => askedOf(parameters[0], options), options);
    if (!asked) return answered;
    return watchCompletion(answered, () => {
      const answer = emptyAnswer();
      return {
        part: (part) => quietly(() => addPart(answer, part), options),
        end: () => quietly(() => record(asked, answer, options), options),
      };
    });
  };
  const watched = derive(completions, { create });
  const recorded = replace(client, 'chat', derive(client.chat, { completions: watched }));
  // `parse`, `stream` and `runTools` call `create` on the client they find here.
  Object.assign(watched, { _client: recorded });
  return recorded;
}

/** What was asked, copied before the agent goes on with its messages; undefined when there is nothing to decide. */
function askedOf(body: unknown, { agentId, context, group }: RecordOpenAIOptions): Asked | undefined {
  const { model, messages, tools, tool_choice } = body as ChatRequest;
  const request = {
    messages: [...messages],
    ...(model === undefined ? {} : { model }),
    ...(tools === undefined ? {} : { tools: [...tools] }),
    ...(tool_choice === undefined ? {} : { tool_choice }),
  };
  if (offeredTools(request).length === 0) return undefined;
  return {
    request,
    agentId,
    facts: typeof context === 'function' ? context(request) : context,
    group: typeof group === 'function' ? group(request) : group,
  };
}

function record(asked: Asked, answer: Answer, { recorder }: RecordOpenAIOptions): void {
  // Without it the stream was left before its end.
  if (answer.finishReason === null) return;
  for (const decision of decisionsOf(asked, answer)) recorder.record(decision);
}

function quietly<Value>(work: () => Value, { onError }: RecordOpenAIOptions): Value | undefined {
  try {
    return work();
  } catch (error) {
    tell(onError, error);
    return undefined;
  }
}

function tell(onError: RecordOpenAIOptions['onError'], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    return; // the host's callback must not fail the host's agent
  }
}

const derive = <Target extends object>(target: Target, members: object): Target =>
  Object.assign(Object.create(target) as Target, members);

/** The same object but for one member. Its methods keep their `this`: private members know nobody else. */
function replace<Target extends object>(target: Target, member: keyof Target, replacement: unknown): Target {
  return new Proxy(target, {
    get(_, key) {
      if (key === member) return replacement;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value;
    },
  });
}
