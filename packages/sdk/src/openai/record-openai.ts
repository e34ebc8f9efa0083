import type { DecisionInput } from '@retort/contracts';
import {
  chat,
  emptyAnswer,
  offeredTools,
  responses,
  type Answer,
  type Asked,
  type ChatRequest,
  type Protocol,
} from '@retort/conversation';
import type { Recorder } from '../recorder.ts';
import { decisionOf } from './decision.ts';
import { watchCompletion } from './watch.ts';

export interface OpenAIClient {
  chat: { completions: Resource };
  /** Older clients have none. */
  responses?: Resource;
}

interface Resource {
  create(...parameters: never[]): unknown;
}

export interface RecordOpenAIOptions {
  recorder: Recorder;
  agentId: string;
  /** Facts of a decision, beside the JSON objects in its system messages. */
  context?: DecisionInput['context'] | ((request: ChatRequest) => DecisionInput['context']);
  /** The session or dialogue: decisions of one group are never split between training and test. */
  group?: string | ((request: ChatRequest) => string | undefined);
  /** An answer could not be recorded. It reaches the agent all the same. */
  onError?: (error: unknown) => void;
}

/** The client, recording what it decides: each `chat.completions.create` and each `responses.create` with tools (also
 *  through `parse`, `stream` and `runTools`) is a decision: one answer, with all the calls it makes. The client that was given stays as it is,
 *  so that several agents can share it; what it answers is handed on untouched. An answer nobody reads to its end is not
 *  recorded. */
export function recordOpenAI<Client extends OpenAIClient>(client: Client, options: RecordOpenAIOptions): Client {
  const completions = watchedResource(client.chat.completions, chat, options);
  const watched = client.responses && watchedResource(client.responses, responses, options);
  const recorded: Client = replace(client, {
    chat: derive(client.chat, { completions }),
    ...(watched ? { responses: watched } : {}),
    // A client with other settings is another client, and would be none that records.
    ...(hasOptions(client)
      ? { withOptions: (...parameters: never[]) => recordOpenAI(client.withOptions(...parameters), options) }
      : {}),
  });
  // `parse`, `stream` and `runTools` call `create` on the client they find here.
  for (const resource of [completions, watched]) if (resource) Object.assign(resource, { _client: recorded });
  return recorded;
}

const hasOptions = <Client extends OpenAIClient>(
  client: Client,
): client is Client & { withOptions(...parameters: never[]): Client } =>
  typeof (client as { withOptions?: unknown }).withOptions === 'function';

function watchedResource(resource: Resource, protocol: Protocol, options: RecordOpenAIOptions): Resource {
  return derive(resource, {
    create(...parameters: never[]) {
      const answered = resource.create(...parameters);
      const asked = quietly(() => askedOf(protocol.requestOf(parameters[0]), options), options);
      if (!asked) return answered;
      return watchCompletion(answered, () => {
        const answer = emptyAnswer();
        return {
          part: (part) => quietly(() => protocol.addPart(answer, part), options),
          end: () => quietly(() => record(asked, answer, options), options),
        };
      });
    },
  });
}

/** undefined when there is nothing to decide. */
function askedOf(request: ChatRequest, { agentId, context, group }: RecordOpenAIOptions): Asked | undefined {
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
  recorder.record(decisionOf(asked, answer));
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

/** The same object but for some members. Its methods keep their `this`: private members know nobody else. */
function replace<Target extends object>(target: Target, replacements: object): Target {
  return new Proxy(target, {
    get(_, key) {
      if (Object.hasOwn(replacements, key)) return Reflect.get(replacements, key) as unknown;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' && key !== 'constructor' ? (value.bind(target) as unknown) : value;
    },
  });
}
