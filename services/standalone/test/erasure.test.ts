import { randomBytes } from 'node:crypto';
import {
  createTenant,
  createTenantApiKey,
  curationRuns,
  getDataset,
  getDecision,
  getErasure,
  getModelVersion,
  listAuditEvents,
  listDatasetRows,
  listDatasets,
  listDecisions,
  listProjections,
  listShreddedEvents,
  projectionRebuilds,
  recordDecision,
  recordDecisions,
  decisionReplays,
  reportOutcome,
  requestErasure,
  trainingRuns,
  urlOf,
  verifyAuditEvents,
} from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import { temporaryFolder, testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standaloneConfig } from '../src/config.ts';
import { startPlatform, type Platform } from '../src/platform.ts';
import { isInTables, logSchemas } from './stored-text.ts';

const privacy = { subjects: [{ kind: 'customer', paths: ['context.customer_id'] }] };
const privacyKey = randomBytes(32).toString('base64');
const words = ['card', 'balance', 'money'];
const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({ name, parameters: { type: 'object' } }));
const customers = ['c-1', 'c-2', 'c-3', 'c-4'];
/** What only decisions about this customer of this tenant say. */
const secretOf = (tenant: string, customer: string) => `secret of ${customer} at ${tenant}`;

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;
let ownKey: string;
let otherKey: string;

const start = (more: object = { privacy, privacyKey }) =>
  startPlatform(
    standaloneConfig.parse({
      databaseUrl: database.url,
      dataFolder: folder.path,
      port: 0,
      logLevel: 'silent',
      drainDelayMs: 0,
      ...more,
    }),
    createLogger({ level: 'silent' }),
  );

beforeAll(async () => {
  process.env['RETORT_AUTO'] = 'false';
  database = await testDatabase();
  folder = await temporaryFolder('erasure');
  platform = await start();
  ownKey = platform.firstKey!;
}, 120_000);
afterAll(async () => {
  delete process.env['RETORT_AUTO'];
  await platform.close();
  await database.drop();
  await folder.remove();
});

type Json = Record<string, unknown>;

async function ask(method: 'GET' | 'POST', url: string, body?: unknown, key = ownKey) {
  const response = await fetch(`${platform.url}${url}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(url.includes('/rows') && { accept: 'application/x-ndjson' }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text };
}
async function get<Body = Json>(url: string, key?: string): Promise<Body> {
  const { status, text } = await ask('GET', url, undefined, key);
  if (status !== 200) throw new Error(`${url}: ${status} ${text}`);
  return JSON.parse(text) as Body;
}
async function post<Body = Json>(url: string, body: unknown, key?: string): Promise<Body> {
  const { status, text } = await ask('POST', url, body, key);
  if (status >= 300 || status === 207) throw new Error(`${url}: ${status} ${text}`);
  return JSON.parse(text) as Body;
}

const decision = (tenant: string, index: number) => {
  const customer = customers[index % customers.length]!;
  return {
    id: `d-${index}`,
    agent_id: 'bank',
    tools_available: tools,
    tool_parameters: {},
    context: { query: `${words[index % 3]} number ${index}`, customer_id: customer, note: secretOf(tenant, customer) },
    tool_selected: tools[index % 3]!.name,
    ...(index % 8 === 1 && { teaches_only: true }),
  };
};

const caughtUp = () =>
  until('the readers catch up', async () =>
    (await get<{ data: { caught_up: boolean }[] }>(urlOf(listProjections))).data.every((reader) => reader.caught_up),
  );

const isStored = (text: string, schemas?: string) => isInTables(database, text, schemas);

type RunView = { run_id: string; state: string; finished_at: string | null; result?: Json; [member: string]: unknown };
async function ended(runs: { create: Parameters<typeof urlOf>[0]; get: Parameters<typeof urlOf>[0] }, body: unknown) {
  const { run_id } = await post<RunView>(urlOf(runs.create), body);
  return until(
    'the run ends',
    async () => {
      const view = await get<RunView>(urlOf(runs.get, { params: { run_id } } as never));
      return view.finished_at === null ? null : view;
    },
    120_000,
  );
}

interface ErasureBody {
  erasure_id: string;
  state: string;
  keys: number;
  events: string[];
  steps: { step: string; counts: Record<string, number>; versions: string[] }[];
}
async function erased(value: string): Promise<ErasureBody> {
  const { erasure_id } = await post<ErasureBody>(urlOf(requestErasure), { subject: { kind: 'customer', value } });
  return until(
    'the erasure is completed',
    async () => {
      const view = await get<ErasureBody>(urlOf(getErasure, { params: { erasure_id } }));
      return view.state === 'completed' ? view : null;
    },
    60_000,
  );
}

describe('a subject', () => {
  let version: string;
  let model: { model: string; version: string };
  let erasure: ErasureBody;

  it('is stored encrypted, and read in the clear', { timeout: 240_000 }, async () => {
    await post(urlOf(createTenant), { id: 'other' });
    const { secret } = await post<{ secret: string }>(urlOf(createTenantApiKey, { params: { tenant: 'other' } }), {
      name: 'test',
      scopes: ['decisions:write', 'decisions:read', 'admin'],
    });
    otherKey = secret;
    const all = Array.from({ length: 120 }, (_, index) => index);
    await post(
      urlOf(recordDecisions),
      all.map((index) => decision('default', index)),
    );
    await post(
      urlOf(recordDecisions),
      all.slice(0, 8).map((index) => decision('other', index)),
      otherKey,
    );
    await caughtUp();
    const outcome = { success: true, result: secretOf('default', 'c-1') };
    await post(urlOf(reportOutcome, { params: { id: 'd-0' } }), outcome);
    await caughtUp();
    const { context } = await get<{ context: { note: string } }>(urlOf(getDecision, { params: { id: 'd-0' } }));
    expect(context.note).toBe(secretOf('default', 'c-1'));
    expect(await isStored('secret of', logSchemas)).toBe(false);
    expect(await isStored('secret of')).toBe(true);
  });

  it('is in a data set and in a model', { timeout: 240_000 }, async () => {
    await ended(curationRuns, {});
    const { data } = await get<{ data: { dataset_version: string; rows: number }[] }>(urlOf(listDatasets));
    version = data[0]!.dataset_version;
    const rows = await ask('GET', urlOf(listDatasetRows, { params: { version } }));
    expect(rows.text).toContain(secretOf('default', 'c-1'));
    const run = await ended(trainingRuns, { dataset_version: version, deploy: false });
    expect(run).toMatchObject({ state: 'succeeded' });
    model = { model: run['model'] as string, version: run['model_version'] as string };
  });

  it('is erased, with proof of what was done', { timeout: 240_000 }, async () => {
    erasure = await erased('c-1');
    expect(erasure).toMatchObject({ keys: 1, state: 'completed' });
    const counts = Object.fromEntries(erasure.steps.map(({ step, counts: found }) => [step, found]));
    expect(counts).toMatchObject({
      keys: { keys: 1 },
      decisions: { decisions: 30, outcomes: 1 },
      datasets: { versions: 1 },
      models: { models: 1 },
    });
    expect(erasure.events).toHaveLength(7);
    const shredded = await get<{ data: unknown[] }>(
      urlOf(listShreddedEvents, { params: { erasure_id: erasure.erasure_id } }),
    );
    expect(shredded.data).toHaveLength(31);
    const record = await get<{ data: unknown[] }>(
      urlOf(listAuditEvents, { query: { event_type: 'ERASURE_COMPLETED' } }),
    );
    expect(record.data).toHaveLength(1);
    const asked = urlOf(listAuditEvents, { query: { 'filter[action][eq]': 'erasures.request' } });
    expect((await get<{ data: unknown[] }>(asked)).data).toHaveLength(1);
  });

  it('is in no table any more, and nobody else is missing', async () => {
    expect(await isStored(secretOf('default', 'c-1'))).toBe(false);
    const mine = await get<{ data: { context: { customer_id: string } }[] }>(urlOf(listDecisions));
    expect(mine.data).toHaveLength(90);
    expect(new Set(mine.data.map(({ context }) => context.customer_id))).toEqual(new Set(['c-2', 'c-3', 'c-4']));
    const others = await get<{ data: { context: { note: string } }[] }>(urlOf(listDecisions), otherKey);
    expect(others.data.map(({ context }) => context.note)).toContain(secretOf('other', 'c-1'));
  });

  it('is not in the data set that is left, and flags the model that learnt from it', async () => {
    const before = await get<{ succeeded_by: string; rows: number }>(urlOf(getDataset, { params: { version } }));
    const after = await get<{ rows: number; summary: { erased: { rows: number } } }>(
      urlOf(getDataset, { params: { version: before.succeeded_by } }),
    );
    expect(after.rows + after.summary.erased.rows).toBe(before.rows);
    const left = await ask('GET', urlOf(listDatasetRows, { params: { version: before.succeeded_by } }));
    expect(left.text.trim().split('\n')).toHaveLength(after.rows);
    expect(left.text).not.toContain('"c-1"');
    const gone = await fetch(
      `${platform.url}${urlOf(listDatasetRows, { params: { version }, query: { limit: 1000 } })}`,
      {
        headers: { authorization: `Bearer ${ownKey}` },
      },
    );
    expect(gone.status).toBe(410);
    expect(await get(urlOf(getModelVersion, { params: model }))).toMatchObject({ erasures: [erasure.erasure_id] });
  });

  it('leaves a log whose hash chain holds, and which can be projected and replayed', { timeout: 120_000 }, async () => {
    await until(
      'the chain is built',
      async () => (await get<{ events: number }>(urlOf(verifyAuditEvents))).events > 130,
    );
    expect(await get(urlOf(verifyAuditEvents))).toMatchObject({ intact: true });
    const rebuilt = await ended(projectionRebuilds, undefined);
    expect(rebuilt).toMatchObject({ state: 'succeeded', healed: false });
    const replayed = await ended(decisionReplays, { dataset_version: version });
    expect(replayed).toMatchObject({ state: 'succeeded', result: { shredded: 30, equal: false } });
  });

  it('may come back, under a key of its own, and not under an id that was used', async () => {
    const again = await ask('POST', urlOf(recordDecision), decision('default', 0));
    expect(again.status).toBe(409);
    const fresh = await ask('POST', urlOf(recordDecision), { ...decision('default', 0), id: 'fresh' });
    expect(fresh.status).toBe(201);
    await caughtUp();
    expect(await get(urlOf(getDecision, { params: { id: 'fresh' } }))).toMatchObject({
      context: { customer_id: 'c-1' },
    });
  });

  it('of which nothing is stored is erased with a proof of nothing', async () => {
    expect(await erased('nobody')).toMatchObject({ keys: 0, state: 'completed' });
  });

  it('is erased when the platform is stopped half-way and started again', { timeout: 120_000 }, async () => {
    const { erasure_id } = await post<ErasureBody>(urlOf(requestErasure), {
      subject: { kind: 'customer', value: 'c-2' },
    });
    await platform.close();
    platform = await start();
    await until('the erasure is completed', async () => {
      const view = await get<ErasureBody>(urlOf(getErasure, { params: { erasure_id } }));
      return view.state === 'completed';
    });
    expect(await isStored(secretOf('default', 'c-2'))).toBe(false);
  });

  it('keeps a platform from starting with another key, or with none', { timeout: 120_000 }, async () => {
    await platform.close();
    const wrong = { privacy, privacyKey: randomBytes(32).toString('base64') };
    await expect(start(wrong)).rejects.toMatchObject({ code: 'privacy.wrong-key' });
    await expect(start({})).rejects.toMatchObject({ code: 'config.missing' });
    await expect(start({ privacy })).rejects.toMatchObject({ code: 'config.missing' });
    platform = await start();
  });
});
