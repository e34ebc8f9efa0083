import {
  getDataset,
  getToolset,
  listDatasetRows,
  listDatasets,
  scopes,
  topics,
  type DatasetView,
  type EventData,
  type Scope,
} from '@retort/contracts';
import { digestOfJson, fault, newId } from '@retort/kernel';
import {
  answer,
  connectInfrastructure,
  createLogger,
  defineService,
  hostServices,
  infrastructureConfig,
  lines,
  mount,
  type ServiceDefinition,
} from '@retort/service-kit';
import { temporaryFolder, testDatabase } from '@retort/testing';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { service } from '../../src/service.ts';

export const tools = ['block_card', 'get_balance', 'send_money', 'open_account'].map((name) => ({
  name,
  description: name.replace('_', ' '),
  parameters: { type: 'object', properties: {} },
}));
const toolset = digestOfJson(tools);

const requests: Record<string, string[]> = {
  block_card: ['block my card', 'my card was stolen', 'freeze the debit card please', 'lost my card, stop it'],
  get_balance: ['what is my balance', 'how much money do I have', 'show the balance', 'account balance please'],
  send_money: ['send money to Ada', 'transfer 20 euros to Bob', 'pay my landlord', 'wire funds abroad'],
  open_account: ['open an account', 'I want a new savings account', 'create an account for my son', 'start an account'],
};

/** Decisions that a student can learn: the request names the tool. */
export function learnableRows(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const { name } = tools[index % tools.length]!;
    const phrases = requests[name]!;
    return row(index, name, `${phrases[Math.floor(index / 4) % phrases.length]!} number ${index}`);
  });
}

/** Decisions nobody can learn: the tool has nothing to do with the request. */
export function randomRows(count: number) {
  return Array.from({ length: count }, (_, index) =>
    row(index, tools[(Math.imul(index, 2654435761) >>> 16) & 3]!.name, `request ${(index * 40503) % 65536} of nothing`),
  );
}

function row(index: number, tool: string, query: string) {
  return {
    id: `d${index}`,
    agent_id: 'customer',
    context: { query },
    tool_selected: tool,
    tool_parameters: {},
    event_id: newId(),
    tenant: 'acme',
    toolset,
    decided_by: { kind: 'teacher' as const },
    occurred_at: '2026-01-01T00:00:00.000Z',
    recorded_at: '2026-01-01T00:00:00.000Z',
    position: String(index + 1),
    quality: 1,
    weight: 1,
  };
}

/** Data sets whose version says so are experiments. */
const purposeOf = (version: string) => (version.startsWith('experiment') ? 'experiment' : 'policy');

function curated(version: string, rows: number): EventData<'TRAINING_DATA_CURATED'> {
  return {
    run_id: 'curation-1',
    product: 'distillation_training_data',
    dataset_version: version,
    digest: digestOfJson(version),
    log_position: '1',
    rows,
    considered: rows,
    duplicates: 0,
    conflicts: 0,
    rejected: {},
    deduplication_rate: 0,
    quality: {},
    purpose: purposeOf(version),
  };
}

/** The neighbours training reads from, with data sets held in memory. */
function neighbours(datasets: ReadonlyMap<string, object[]>): ServiceDefinition {
  const view = (version: string): DatasetView => ({
    dataset_version: version,
    purpose: purposeOf(version),
    digest: digestOfJson(version),
    created_at: '2026-01-01T00:00:00.000Z',
    rows: datasets.get(version)!.length,
    log_position: '1',
    manifest: digestOfJson('manifest'),
    summary: curated(version, datasets.get(version)!.length),
    quality: {},
  });
  return defineService({
    name: 'neighbours',
    config: z.object({}),
    build: () => ({
      routes(app) {
        mount(app, listDatasets, () => ({
          data: [...datasets.keys()]
            .filter((version) => purposeOf(version) === 'policy')
            .slice(-1)
            .map(view),
          next_cursor: null,
          has_more: false,
        }));
        mount(app, getDataset, ({ params: { version } }) => {
          if (datasets.has(version)) return answer(200, view(version));
          throw fault('curation.dataset-unknown', { public: `There is no data set ${version}.` });
        });
        mount(app, listDatasetRows, ({ params: { version } }) =>
          lines(
            Readable.from(datasets.get(version)!.map((line) => `${JSON.stringify(line)}\n`)) as AsyncIterable<string>,
          ),
        );
        mount(app, getToolset, () => ({ toolset, name: null, tools }));
      },
    }),
  });
}

/** Of the last message that was published. */
let position = 0;

/** The service on a real Postgres, with its neighbours, and an API key that may do everything. */
export async function startPlatform(settings: Record<string, unknown> = {}, place: { dataFolder?: string } = {}) {
  const database = await testDatabase();
  const folder = await temporaryFolder('training');
  const log = createLogger({ level: 'silent' });
  const datasets = new Map<string, object[]>();
  const infrastructure = await connectInfrastructure(
    infrastructureConfig.parse({
      databaseUrl: database.url,
      dataFolder: place.dataFolder ?? folder.path,
      drainDelayMs: 0,
    }),
    log,
  );
  const start = () =>
    hostServices({
      services: [service, neighbours(datasets)],
      infrastructure,
      listen: { host: '127.0.0.1', port: 0 },
      env: {},
      settings: { 'training-orchestration': settings },
      log,
    });
  let host = await start();
  const { secret } = await host.keys.create({ tenant: 'acme', name: 'test', scopes: [...scopes], expiresAt: null });
  const request = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${host.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response;
  };
  return {
    infrastructure,
    datasets,
    request,
    /** Headers of another key, which may do only this. */
    async keyWith(...only: Scope[]) {
      const key = await host.keys.create({ tenant: 'acme', name: 'narrow', scopes: only, expiresAt: null });
      return { authorization: `Bearer ${key.secret}` };
    },
    json: async (method: string, path: string, body?: unknown) => {
      const response = await request(method, path, body);
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    /** Lets the service hear that a data set was published. Returns the event's id. */
    async publish(version: string, rows: object[], eventId: string = newId()): Promise<string> {
      datasets.set(version, rows);
      await infrastructure.bus.publish([
        {
          topic: topics.datasets,
          key: 'dataset-acme.distillation_training_data',
          attributes: {
            id: eventId,
            source: '/curation',
            type: 'TRAINING_DATA_CURATED',
            time: new Date().toISOString(),
            subject: 'distillation_training_data',
            tenant: 'acme',
            correlationid: 'loop-1',
            schemaversion: '1',
            logposition: `${++position}/0`,
          },
          data: JSON.stringify(curated(version, rows.length)),
        },
      ]);
      return eventId;
    },
    async modelEvents(model = 'tool-calling') {
      const events = [];
      for await (const event of infrastructure.events.readStream(`model-acme.${model}`)) events.push(event);
      return events;
    },
    /** The process ends, in order, and another begins on what it left. */
    async restart(meanwhile: () => Promise<void> = async () => undefined) {
      await host.close();
      await meanwhile();
      host = await start();
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
