import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Teller {
  /** What an OpenAI client takes as its base URL. */
  url: string;
  close(): Promise<void>;
}

interface Asked {
  model: string;
  messages: { content: string }[];
  tools: { function: { name: string } }[];
}

/** A provider that calls the offered tool whose name the request's words are closest to, with the number that they name; words where
 *  none is close. */
export async function startTeller(): Promise<Teller> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answerTo(JSON.parse(body) as Asked)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answerTo({ model, messages, tools }: Asked): object {
  const said = messages.at(-1)!.content;
  const called =
    tools.find(({ function: { name } }) => name.split('_').every((word) => said.includes(word))) ??
    tools.find(({ function: { name } }) => said.includes(name.split('_')[1]!));
  const customer = Number(/\d+/.exec(said)?.[0]);
  const message = called
    ? { content: null, tool_calls: [callOf(called.function.name, customer)] }
    : { content: 'I cannot help with that.' };
  return {
    id: `completion-${customer}`,
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, finish_reason: called ? 'tool_calls' : 'stop', message: { role: 'assistant', ...message } }],
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
  };
}

function callOf(name: string, customer: number): object {
  return { id: `call-${customer}`, type: 'function', function: { name, arguments: JSON.stringify({ customer }) } };
}
