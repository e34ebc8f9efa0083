import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DecisionInput } from '@retort/contracts';

export interface Post {
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  decisions: DecisionInput[];
}

type Answer = (post: Post, response: ServerResponse) => void;

/** What the ingestion endpoint answers when it took everything. */
export const accept: Answer = ({ decisions }, response) =>
  json(response, 202, {
    recorded: decisions.length,
    duplicates: 0,
    rejected: 0,
    results: decisions.map(({ id }, index) => ({ index, status: 201, id })),
  });

export const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, headers).end('{"detail":"no"}');

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A real HTTP server that keeps what it was sent. The answers are used up in order; the last one stays. */
export async function startSink(...answers: Answer[]) {
  const posts: Post[] = [];
  const arrivals: { count: number; resolve: () => void }[] = [];
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void text(request).then((body) => {
      const lines = body.split('\n');
      const post: Post = {
        path: request.url ?? '',
        headers: request.headers,
        body,
        decisions: lines.map((line) => JSON.parse(line) as DecisionInput),
      };
      posts.push(post);
      const answer = answers.length > 1 ? answers.shift()! : (answers[0] ?? accept);
      answer(post, response);
      for (const { count, resolve } of arrivals) if (posts.length >= count) resolve();
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posts,
    received: () => posts.flatMap(({ decisions }) => decisions),
    posted: (count: number) =>
      new Promise<void>((resolve) => {
        if (posts.length >= count) resolve();
        else arrivals.push({ count, resolve });
      }),
    restart: () => listen(port),
    async stop() {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
export type Sink = Awaited<ReturnType<typeof startSink>>;

export const decision = (query: string): DecisionInput => ({
  agent_id: 'account-agent',
  context: { query, history: [{ role: 'user', content: 'Good morning' }], customer: { iban: 'AT61', age: 41 } },
  tools_available: [{ name: 'get_balance', parameters: { type: 'object' } }],
  tool_selected: 'get_balance',
  tool_parameters: { account: 'AT61' },
});

/** A server that answers chat completions. */
export async function startModel(answer: (response: ServerResponse) => void) {
  const model = { answer };
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    void text(request).then(() => model.answer(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(model, {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}
export type Model = Awaited<ReturnType<typeof startModel>>;
