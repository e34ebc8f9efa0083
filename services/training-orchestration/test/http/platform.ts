import {
  getDataset,
  getToolset,
  listDatasetRows,
  listDatasets,
  type DatasetView,
  type EventData,
  type Scope,
  type TrainingRow,
} from '@retort/contracts';
import { digestOfJson, fault, newId } from '@retort/kernel';
import { answer, lines } from '@retort/service-kit';
import { startService, stub, type Stub } from '@retort/service-testing';
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

/** The curated data sets that training reads, held in memory. */
function curatedStubs(datasets: ReadonlyMap<string, object[]>): Stub[] {
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
  // A test may hand over rows that are none.
  async function* rowsOf(version: string) {
    yield* datasets.get(version) as TrainingRow[];
  }
  return [
    stub(listDatasets, () => ({
      data: [...datasets.keys()]
        .filter((version) => purposeOf(version) === 'policy')
        .slice(-1)
        .map(view),
      next_cursor: null,
      has_more: false,
    })),
    stub(getDataset, ({ params: { version } }) => {
      if (datasets.has(version)) return answer(200, view(version));
      throw fault('curation.dataset-unknown', { public: `There is no data set ${version}.` });
    }),
    stub(listDatasetRows, ({ params: { version } }) => lines(rowsOf(version))),
    stub(getToolset, () => ({ toolset, name: null, tools })),
  ];
}

/** The service with its curated data, and an API key that may do everything. */
export async function startPlatform(
  settings: Record<string, unknown> = {},
  infrastructure: { dataFolder?: string } = {},
) {
  const datasets = new Map<string, object[]>();
  const platform = await startService(service, { stubs: curatedStubs(datasets), settings, infrastructure });
  const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    platform.send(path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    infrastructure: platform.infrastructure,
    datasets,
    request,
    /** Headers of another key, which may do only this. */
    async keyWith(...only: Scope[]) {
      const key = await platform.host.keys.create({ tenant: 'acme', name: 'narrow', scopes: only });
      return { authorization: `Bearer ${key.secret}` };
    },
    json: async (method: string, path: string, body?: unknown) => {
      const response = await request(method, path, body);
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    /** Announces that a data set was published. Returns the event's id. */
    publish(version: string, rows: object[], eventId: string = newId()): Promise<string> {
      datasets.set(version, rows);
      return platform.announce({
        id: eventId,
        type: 'TRAINING_DATA_CURATED',
        tenant: 'acme',
        aggregateId: 'distillation_training_data',
        trace: { correlationId: 'loop-1', causationId: null },
        data: curated(version, rows.length),
      });
    },
    modelEvents: (model = 'tool-calling') => platform.stream(`model-acme.${model}`),
    /** The process ends, in order, and another begins on what it left. */
    restart: platform.restart,
    close: platform.close,
  };
}
export type Platform = Awaited<ReturnType<typeof startPlatform>>;
