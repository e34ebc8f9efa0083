import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the teacher was asked. */
export interface Question {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}
export type Reply = (response: ServerResponse, question: Question) => void | Promise<void>;

/** A provider on a free loopback port, which answers over real HTTP whatever bytes the test says. */
export async function startTeacher(initial: Reply) {
  const asked: Question[] = [];
  let reply = initial;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const question = { method, path, headers, body: Buffer.concat(pieces) };
      asked.push(question);
      void reply(response, question);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    answers(next: Reply) {
      reply = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
export type Teacher = Awaited<ReturnType<typeof startTeacher>>;

export const json =
  (body: unknown, { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {}): Reply =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

/** Server-sent events, a write each. */
export const events =
  (pieces: readonly string[]): Reply =>
  async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };

export const call = (name: string, parameters: object, id = 'call_t1') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: JSON.stringify(parameters) },
});

/** A chat completion with odd white space: whoever parses and writes it again changes its bytes. */
export const completion = (message: object, finish = 'tool_calls'): string =>
  `{ "id": "chatcmpl-9Q",  "object":"chat.completion", "created": 1764526000, "model":"teacher-2026",\n` +
  `  "choices": [ {"index":0, "message": ${JSON.stringify({ role: 'assistant', content: null, ...message })}, "finish_reason":"${finish}"} ],\n` +
  `  "usage": {"prompt_tokens": 120, "completion_tokens": 9, "total_tokens": 129, "prompt_tokens_details":{"cached_tokens":64}} }\n`;

/** What the teacher is told of a request, as far as tests decide by it. */
export interface AskedChat {
  messages: { role: string; content: string }[];
  tools: { function: { name: string } }[];
}

/** Calls the tool that the test chooses, without arguments. */
export const calling =
  (choose: (chat: AskedChat) => string): Reply =>
  (response, question) =>
    json(completion({ tool_calls: [call(choose(JSON.parse(question.body.toString()) as AskedChat), {})] }))(
      response,
      question,
    );

export const chunks = (deltas: readonly object[], finish = 'tool_calls'): string[] => [
  ...deltas.map((delta) => chunk([{ index: 0, delta, finish_reason: null }])),
  chunk([{ index: 0, delta: {}, finish_reason: finish }]),
  `${chunk([], { prompt_tokens: 120, completion_tokens: 9, total_tokens: 129 })}data: [DONE]\n\n`,
];
const chunk = (choices: object[], usage: object | null = null) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-9Q', object: 'chat.completion.chunk', created: 1764526000, model: 'teacher-2026', choices, usage })}\n\n`;
