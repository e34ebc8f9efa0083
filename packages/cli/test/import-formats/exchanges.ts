import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import OpenAI from 'openai';
import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources';
import type { Run } from 'langsmith/schemas';
import { Client } from 'langsmith';
import { wrapOpenAI } from 'langsmith/wrappers';
import { until } from '@retort/testing';
import { startTeller } from '../teller.ts';

const parameters = { type: 'object', properties: { customer: { type: 'integer' } }, required: ['customer'] };
export const definitions = [
  { name: 'block_card', description: 'Block a card', parameters },
  { name: 'show_balance', description: 'Show the balance', parameters },
];
const tools = definitions.map((definition) => ({ type: 'function' as const, function: definition }));
export const model = 'gpt-5-mini';
export const instructions = 'Answer for the bank.';

/** What was asked, and which tool the provider calls for it. */
export const questions = Array.from({ length: 12 }, (_, index) => ({
  customer: 100 + index,
  query: index % 2 === 0 ? `Please block the card of ${100 + index}` : `Please show the balance of ${100 + index}`,
  tool: index % 2 === 0 ? 'block_card' : 'show_balance',
}));

export interface Exchanges {
  /** Requests and answers of OpenAI's client. */
  exchanges: { request: ChatCompletionCreateParamsNonStreaming; response: OpenAI.ChatCompletion }[];
  /** The same calls as LangSmith's client sends them, through its wrapper of OpenAI's. */
  runs: Run[];
}

/** Asks the questions of a provider on this machine, with the clients that people use. */
export async function ask(): Promise<Exchanges> {
  const teller = await startTeller();
  const collector = await startCollector();
  const client = new OpenAI({ baseURL: teller.url, apiKey: 'none', maxRetries: 0 });
  const langsmith = new Client({ apiUrl: collector.url, apiKey: 'none', autoBatchTracing: false });
  const traced = wrapOpenAI(client, { client: langsmith, tracingEnabled: true });
  const exchanges: Exchanges['exchanges'] = [];
  for (const { query } of questions) {
    const request: ChatCompletionCreateParamsNonStreaming = {
      model,
      messages: [
        { role: 'system', content: instructions },
        { role: 'user', content: query },
      ],
      tools,
    };
    exchanges.push({ request, response: await traced.chat.completions.create(request) });
  }
  await langsmith.awaitPendingTraceBatches();
  const runs = await collector.runs(questions.length);
  await Promise.all([teller.close(), collector.close()]);
  return { exchanges, runs };
}

/** Stands where LangSmith's clients send their runs: a run is posted when it begins and patched when it ends. */
async function startCollector() {
  const runs = new Map<string, Record<string, unknown>>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (request.method === 'POST' || request.method === 'PATCH') {
        const told = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
        const id = String(told['id'] ?? request.url?.split('/').at(-1));
        runs.set(id, { ...runs.get(id), ...told, id });
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async runs(wanted: number): Promise<Run[]> {
      await until(
        'every run to have ended',
        () => [...runs.values()].filter((run) => run['end_time']).length === wanted,
      );
      return [...runs.values()] as unknown as Run[];
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
