import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  answerOf,
  datasetView,
  decisionView,
  modelVersionView,
  page,
  predictionBatchInput,
  predictionBatchView,
  predictionUsageView,
  scopes,
  servingView,
  topics,
  type DecisionView,
  completeTurn,
  getPredictionUsage,
  getServing,
  recordDecision,
} from '@retort/contracts';
import { digestOfJson, fault, type JsonObject } from '@retort/kernel';
import {
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  type ServiceDefinition,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase } from '@retort/testing';
import { z } from 'zod';
import { service } from '../../src/service.ts';

const published = '2026-01-02T00:00:00.000Z';
const digest = digestOfJson('any');
const guarantee = { kind: 'ltt' as const, target: 0.93, confidence: 0.95, threshold: 0.7 };

/** What the neighbours have: a student that answers `word → tool`, and the teacher's decisions. */
export interface World {
  serving: string | null;
  answers: Map<string, string>;
  decisions: DecisionView[];
  /** What every version learnt from. */
  learnt: object[];
  counted: boolean[];
  /** Of the version, and novelty by what is asked; others have none. */
  card: JsonObject;
  novelty: Map<string, number>;
  novelShares: (number | undefined)[];
  /** Of the newest day. */
  studentCalls: number;
}

export function decision(index: number, { word, tool, at }: { word: string; tool: string; at: string }): DecisionView {
  return completeTurn({
    id: `d${index}`,
    event_id: randomUUID(),
    tenant: 'acme',
    agent_id: 'customer',
    context: { query: word },
    toolset: digest,
    tool_selected: tool,
    tool_parameters: {},
    decided_by: { kind: 'teacher' },
    occurred_at: at,
    recorded_at: at,
    position: String(index),
  });
}

function neighbours(world: World): ServiceDefinition {
  const config = { scope: 'models:read' } as const;
  const version = (name: string) => ({
    model: 'tool-calling',
    model_version: name,
    stage: 'serving' as const,
    created_at: published,
    artifact: digest,
    artifact_bytes: 1,
    dataset_version: 'ds1',
    dataset_digest: digest,
    rows: 1,
    tools: 2,
    train_seconds: 1,
    guarantee,
    evaluation: null,
    card: world.card,
  });
  return defineService({
    name: 'neighbours',
    config: z.object({}),
    migrations: new URL('./no-migrations', import.meta.url),
    build: () => ({
      routes(app) {
        app.get(getServing.path, { config, schema: { response: { 200: servingView } } }, () => ({
          data: world.serving
            ? [{ model: 'tool-calling', model_version: world.serving, loaded_at: published, guarantee }]
            : [],
        }));
        app.get(
          '/api/v1/models/:model/versions/:version',
          {
            config,
            schema: {
              params: z.object({ model: z.string(), version: z.string() }),
              response: { 200: modelVersionView },
            },
          },
          ({ params }) => {
            if (params.version !== 'nowhere') return version(params.version);
            throw fault('model.unknown-version', { public: 'There is no such version.' });
          },
        );
        app.get('/api/v1/datasets/:version/rows', { config }, (_request, reply) =>
          reply.type('application/x-ndjson').send(Readable.from(world.learnt.map((row) => `${JSON.stringify(row)}\n`))),
        );
        app.get('/api/v1/datasets/:version', { config, schema: { response: { 200: datasetView } } }, () => ({
          dataset_version: 'ds1',
          digest,
          purpose: 'policy' as const,
          created_at: published,
          rows: 1,
          log_position: '1',
          manifest: digest,
          summary: {
            run_id: 'r',
            product: 'distillation_training_data',
            dataset_version: 'ds1',
            digest,
            log_position: '1',
            rows: 1,
            considered: 1,
            duplicates: 0,
            conflicts: 0,
            rejected: {},
            deduplication_rate: 0,
            quality: {},
          },
          quality: {},
        }));
        app.get(
          recordDecision.path,
          {
            config,
            schema: {
              querystring: z.record(z.string(), z.string()),
              response: { 200: page(decisionView) },
            },
          },
          ({ query }) => {
            const after = query['filter[recorded_at][gt]'];
            const until = query['filter[recorded_at][lte]'];
            const found = world.decisions.filter(
              ({ recorded_at }) =>
                (after === undefined || recorded_at > after) && (until === undefined || recorded_at <= until),
            );
            return { data: found.slice(0, Number(query['limit'])), next_cursor: null, has_more: false };
          },
        );
        app.post(
          '/api/v1/predictions::batch',
          { config, schema: { body: predictionBatchInput, response: { 200: predictionBatchView } } },
          ({ body }) => {
            world.counted.push(body.counted);
            world.novelShares.push(body.novel_share);
            return {
              predictions: body.predictions.map(({ context, model_version }) => {
                const tool = world.answers.get(String(context['query'])) ?? null;
                const calls = tool === null ? [] : [{ tool, parameters: {} }];
                const proposal = {
                  ...{ tool_selected: tool, tool_parameters: {}, tool_calls: calls },
                  answer: answerOf(calls),
                };
                return {
                  id: null,
                  call: tool ? proposal : null,
                  served_by: tool ? ('student' as const) : ('none' as const),
                  fallback_reason: tool ? null : 'below-threshold',
                  confidence: tool ? 0.9 : 0.3,
                  tool_confidence: 0.9,
                  novelty: world.novelty.get(String(context['query'])) ?? null,
                  proposal,
                  model_version: model_version ?? null,
                  threshold: 0.7,
                };
              }),
            };
          },
        );
        app.get(getPredictionUsage.path, { config, schema: { response: { 200: predictionUsageView } } }, () => ({
          data: ['2026-01-03', '2026-01-02'].map((day) => ({
            day,
            model: 'tool-calling',
            student_calls: day === '2026-01-03' ? world.studentCalls : 90,
            teacher_calls: 10,
            abstentions: 0,
            no_tool_answers: 0,
            student_seconds: 0.01,
            teacher_prompt_tokens: 20_000,
            teacher_completion_tokens: 1_000,
          })),
        }));
      },
    }),
  });
}

/** Of the last message that was published. */
let position = 0;

export async function startPlatform(settings: Record<string, unknown> = {}) {
  const database = await testDatabase();
  const folder = await temporaryFolder('evaluation');
  const log = createLogger({ level: 'silent' });
  const world: World = {
    ...{ serving: 'v1', answers: new Map(), decisions: [], learnt: [], counted: [], studentCalls: 90 },
    ...{ card: {}, novelty: new Map(), novelShares: [] },
  };
  const infrastructure = await connectInfrastructure(
    infrastructureConfig.parse({ databaseUrl: database.url, dataFolder: folder.path, drainDelayMs: 0 }),
    log,
  );
  const host = await hostServices({
    services: [service, neighbours(world)],
    infrastructure,
    listen: { host: '127.0.0.1', port: 0 },
    env: {},
    settings: { evaluation: settings },
    log,
  });
  const { secret } = await host.keys.create({ tenant: 'acme', name: 'test', scopes: [...scopes], expiresAt: null });
  const request = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
    fetch(`${host.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${secret}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return {
    world,
    request,
    async json(method: string, path: string, body?: unknown) {
      const response = await request(
        method,
        path,
        body === undefined ? undefined : JSON.stringify(body),
        body === undefined ? {} : { 'content-type': 'application/json' },
      );
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    async deployed(version: string): Promise<string> {
      const id = randomUUID();
      await infrastructure.bus.publish([
        {
          topic: topics.models,
          key: 'model-acme.tool-calling',
          attributes: {
            id,
            source: '/training-orchestration',
            type: 'MODEL_DEPLOYED',
            time: new Date().toISOString(),
            subject: 'tool-calling',
            tenant: 'acme',
            correlationid: 'loop-1',
            schemaversion: '1',
            logposition: `${++position}/0`,
          },
          data: JSON.stringify({
            model: 'tool-calling',
            model_version: version,
            artifact: digest,
            strategy: 'full',
            percent: 100,
            reason: 'The gate held.',
          }),
        },
      ]);
      return id;
    },
    async events() {
      const events = [];
      for await (const event of infrastructure.events.readStream('evaluation-acme.tool-calling')) events.push(event);
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
