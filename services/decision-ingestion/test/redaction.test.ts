import { Writable } from 'node:stream';
import { recordDecision, recordDecisions, recordEvents, urlOf } from '@retort/contracts';
import { createLogger } from '@retort/service-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion, type TestHost } from './host.ts';

const [path, batchPath, eventsPath] = [urlOf(recordDecision), urlOf(recordDecisions), urlOf(recordEvents)];
const secrets = ['4111 1111 1111 1111', 'DE89 3704 0044 0532 0130 00', 'ada@example.org', '+49 170 1234567'];
const leaked = /4111|3704|ada@|1234567/;
const privacy = { redaction: { detectors: ['card', 'iban', 'email', 'phone'], paths: ['context.name'] } };
const tools = [{ name: 'transfer', parameters: { type: 'object', properties: { to: { pattern: '^DE' } } } }];

let platform: TestHost;
let logged = '';

beforeAll(async () => {
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString('utf8');
      done();
    },
  });
  platform = await startIngestion(
    {},
    { infrastructure: { privacy }, log: createLogger({ level: 'trace', destination }) },
  );
});
afterAll(() => platform.close());

const decision = (more: object) => ({
  agent_id: 'pay',
  context: {},
  tools_available: tools,
  tool_selected: null,
  ...more,
});

/** Every row of every table, as text. */
async function rows(): Promise<string> {
  const { pool } = platform.infrastructure.database('access');
  const tables = await pool.query<{ name: string }>(
    `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const contents = await Promise.all(
    tables.rows.map(async ({ name }) =>
      (await pool.query<{ row: string }>(`select r::text as row from ${name} r`)).rows.map(({ row }) => row).join('\n'),
    ),
  );
  return contents.join('\n');
}

const batch = { headers: { 'content-type': 'application/x-ndjson', 'idempotency-key': 'batch-1' } };

describe('redaction at ingest', () => {
  it('stores markers instead of what a rule names, and says how often each fired', async () => {
    const answer = await platform.post(path, {
      ...decision({ id: 'd-1', context: { query: `Pay ${secrets[1]}`, name: 'Ada' } }),
      tool_selected: 'transfer',
      tool_parameters: { to: 'DE89370400440532013000', amount: 5 },
    });
    expect(answer.status).toBe(201);
    const event = (await platform.events()).find(({ json }) => json.includes('d-1'));
    expect(JSON.parse(event!.json)).toMatchObject({
      context: { query: 'Pay [redacted:iban]', name: '[redacted:path]' },
      tool_parameters: null,
      known_parameters: { amount: 5 },
      redactions: { iban: 2, path: 1 },
    });
  });

  it('takes the same decision again for the same, whatever was redacted in it', async () => {
    const posted = decision({ id: 'd-2', context: { query: secrets[0] } });
    const key = { headers: { 'idempotency-key': 'again' } };
    expect((await platform.post(path, posted, key)).status).toBe(201);
    expect((await platform.post(path, posted, key)).status).toBe(200);
  });

  it('refuses an identifier that holds what a rule names, and stores nothing', async () => {
    const named = await platform.post(path, decision({ id: secrets[2] }));
    expect(named).toMatchObject({ status: 422, body: { errors: [{ pointer: '/id' }] } });
    const keyed = await platform.post(path, decision({}), {
      headers: { 'idempotency-key': 'ada@example.org' },
    });
    expect(keyed.status).toBe(422);
  });

  it('refuses one item of a batch that cannot be redacted, and takes its neighbours', async () => {
    const lines = [
      decision({ id: 'b-1' }),
      decision({ group: secrets[2] }),
      decision({ id: 'b-3', reasoning: secrets[0] }),
    ];
    const { status, body } = await platform.post(
      batchPath,
      lines.map((line) => JSON.stringify(line)).join('\n'),
      batch,
    );
    expect(status).toBe(207);
    expect(body).toMatchObject({
      recorded: 2,
      rejected: 1,
      results: [{ status: 201 }, { status: 422 }, { status: 201 }],
    });
  });

  it('redacts CloudEvents in every mode, and reads no member that is written twice', async () => {
    const event = (id: string, data: object) => ({
      specversion: '1.0',
      id,
      source: '/a',
      type: 'AGENT_TOOL_SELECTED',
      datacontenttype: 'application/json',
      data,
    });
    const about = decision({ context: { query: secrets[3] } });
    const post = (type: string, body: unknown, headers = {}) =>
      platform.post(eventsPath, body, { headers: { 'content-type': type, ...headers } });
    expect((await post('application/cloudevents+json', event('c-1', about))).status).toBe(201);
    expect((await post('application/cloudevents-batch+json', [event('c-2', about)])).status).toBe(202);
    const attributes = { 'ce-specversion': '1.0', 'ce-id': 'c-3', 'ce-source': '/a', 'ce-type': 'AGENT_TOOL_SELECTED' };
    expect((await post('application/json', about, attributes)).status).toBe(201);
    const twice = JSON.stringify(decision({ id: 'twice' })).replace(
      '{',
      `{"reasoning":"${secrets[0]}","reasoning":null,`,
    );
    expect((await platform.post(path, twice)).status).toBe(201);
  });

  it('leaves no planted secret in a row, a log line or an event', async () => {
    const planted = fc.tuple(fc.constantFrom(...secrets), fc.constantFrom(' ', '\n', '"', ', ', '\u00e9 '));
    const content = fc.dictionary(fc.constantFrom('a', 'b', 'context'), fc.array(planted), { minKeys: 1 });
    await fc.assert(
      fc.asyncProperty(content, fc.boolean(), async (context, valid) => {
        const posted = decision({
          context,
          ...(valid ? {} : { unknown: context }),
          reasoning: JSON.stringify(context),
        });
        const answer = await platform.post(path, posted, {
          headers: { 'idempotency-key': `k-${keys++}` },
        });
        expect(answer.status).toBe(valid ? 201 : 400);
      }),
      { numRuns: 40 },
    );
    expect((await platform.events()).length).toBeGreaterThan(10);
    expect(await rows()).not.toMatch(leaked);
    expect(logged).not.toMatch(leaked);
    expect(logged).not.toBe('');
  });
});

describe('a large batch', () => {
  it('is redacted while others have their answers', async () => {
    let done = false;
    const items = Array.from({ length: 500 }, (_, index) =>
      decision({ id: `many-${index}`, context: { notes: Array.from({ length: 20 }, () => secrets.join(' or ')) } }),
    );
    const posted = platform.post(batchPath, items).finally(() => {
      done = true;
    });
    let answers = 0;
    for (; !done; answers++) expect((await fetch(`${platform.url}/livez`)).status).toBe(200);
    expect(await posted).toMatchObject({ status: 202, body: { recorded: 500 } });
    // Redacted in one go it lets a few through before and after.
    expect(answers).toBeGreaterThan(20);
  });
});

let keys = 0;
