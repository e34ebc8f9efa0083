import { Readable } from 'node:stream';
import { datasetView, page, scopes, toolsetView } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  type ServiceDefinition,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase } from '@retort/testing';
import fastify from 'fastify';
import { z } from 'zod';
import { service } from '../../src/service.ts';

const digest = digestOfJson('any');
const tools = ['block_card', 'get_balance'].map((name) => ({ name, parameters: { type: 'object', properties: {} } }));

/** An OpenAI-compatible teacher that knows about cards, and about balances only once it was shown examples. */
export async function startTeacher() {
  const server = fastify({ forceCloseConnections: true });
  const teacher = { url: '', calls: 0, close: () => server.close() };
  server.post<{ Body: { messages: { role: string; content: string }[] } }>('/v1/chat/completions', ({ body }) => {
    teacher.calls++;
    const shown = body.messages[0]!.content.includes('Example 1');
    const query = body.messages.at(-1)!.content;
    const name = query.includes('balance') && shown ? 'get_balance' : 'block_card';
    return {
      id: 'c1',
      object: 'chat.completion',
      created: 0,
      model: 'teacher',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 't1', type: 'function', function: { name, arguments: '{}' } }],
          },
        },
      ],
      usage: { prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 },
    };
  });
  teacher.url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1`;
  return teacher;
}

/** A data set in which every other decision is about a card. */
function neighbours(): ServiceDefinition {
  const config = { scope: 'products:read' } as const;
  const rows = Array.from({ length: 100 }, (_, index) => ({
    id: `d${index}`,
    agent_id: index < 80 ? 'customer' : 'other',
    context: { query: `the ${index % 2 ? 'card' : 'balance'} of ${index}` },
    tool_selected: index % 2 ? 'block_card' : 'get_balance',
    tool_parameters: {},
    toolset: digest,
  }));
  const dataset = {
    dataset_version: 'ds1',
    digest,
    purpose: 'policy' as const,
    created_at: '2026-01-01T00:00:00.000Z',
    rows: rows.length,
    log_position: '1',
    manifest: digest,
    summary: {
      run_id: 'r',
      product: 'distillation_training_data',
      dataset_version: 'ds1',
      digest,
      log_position: '1',
      rows: rows.length,
      considered: rows.length,
      duplicates: 0,
      conflicts: 0,
      rejected: {},
      deduplication_rate: 0,
      quality: {},
    },
    quality: {},
  };
  return defineService({
    name: 'neighbours',
    config: z.object({}),
    migrations: new URL('./no-migrations', import.meta.url),
    build: () => ({
      routes(app) {
        app.get('/api/v1/datasets', { config, schema: { response: { 200: page(datasetView) } } }, () => ({
          data: [dataset],
          next_cursor: null,
          has_more: false,
        }));
        app.get('/api/v1/datasets/:version/rows', { config }, (_request, reply) =>
          reply.type('application/x-ndjson').send(Readable.from(rows.map((row) => `${JSON.stringify(row)}\n`))),
        );
        app.get('/api/v1/toolsets/:toolset', { config, schema: { response: { 200: toolsetView } } }, () => ({
          toolset: digest,
          name: null,
          tools,
        }));
      },
    }),
  });
}

export async function startPlatform(settings: Record<string, unknown> = {}) {
  const database = await testDatabase();
  const folder = await temporaryFolder('prompts');
  const log = createLogger({ level: 'silent' });
  const infrastructure = await connectInfrastructure(
    infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path, drainDelayMs: 0 }),
    log,
  );
  const host = await hostServices({
    services: [service, neighbours()],
    infrastructure,
    listen: { host: '127.0.0.1', port: 0 },
    env: {},
    settings: { 'prompt-optimization': settings },
    log,
  });
  const { secret } = await host.keys.create({ tenant: 'acme', name: 'test', scopes: [...scopes], expiresAt: null });
  const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${host.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    request,
    async json(method: string, path: string, body?: unknown) {
      const response = await request(method, path, body);
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    async events(prompt: string) {
      const events = [];
      for await (const event of infrastructure.events.readStream(`prompt-acme.${prompt}`)) events.push(event);
      return events;
    },
    async close() {
      await host.close();
      await infrastructure.close();
      await database.drop();
      await folder.remove();
    },
  };
}
export type Platform = Awaited<ReturnType<typeof startPlatform>>;
