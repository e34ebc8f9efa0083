import { chat, emptyAnswer, responses, sessionOf, type Protocol } from '@retort/conversation';
import { openTurn, quietly, type CaptureOptions } from '../capture.ts';
import { replace } from '../replace.ts';
import { watchCompletion } from './watch.ts';

export interface OpenAIClient {
  chat: { completions: Resource };
  /** Older clients have none. */
  responses?: Resource;
}

interface Resource {
  create(...parameters: never[]): unknown;
}

export type RecordOpenAIOptions = CaptureOptions;

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
      const turn = openTurn(() => protocol.requestOf(parameters[0]), options);
      const session = turn && quietly(() => sessionOf(parameters[0] ?? {}), options);
      const answered = resource.create(...parameters);
      if (!turn) return answered;
      return watchCompletion(answered, (headers) => {
        const answer = emptyAnswer();
        return {
          part: (part) => quietly(() => protocol.addPart(answer, part), options),
          end: () => turn.answered(answer, { headers, session }),
        };
      });
    },
  });
}

const derive = <Target extends object>(target: Target, members: object): Target =>
  Object.assign(Object.create(target) as Target, members);
