import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countDecisions,
  getAgentTimeline,
  getDecision,
  getDecisionHistory,
  getToolset,
  listAgents,
  listAuditEvents,
  listDecisions,
  lookUpDecisions,
  revokeApiKey,
  topics,
  urlOf,
  verifyAuditEvents,
  type DecisionView,
} from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { encodeCursor } from '@retort/service-kit';
import { until } from '@retort/testing';
import {
  decided,
  event,
  registered,
  reported,
  startProjection,
  streamOf,
  tools,
  toolset,
  type StartedProjection,
} from './host.ts';

type Page = { data: DecisionView[]; next_cursor: string | null; has_more: boolean };
type Query = NonNullable<Parameters<typeof urlOf<typeof listDecisions>>[1]>['query'];

let host: StartedProjection;
beforeAll(async () => {
  host = await startProjection();
  await host.record(
    registered(),
    decided('a', { outcome: { success: true, execution_time_ms: 10 } }, { occurredAt: '2026-01-03T00:00:00.000Z' }),
    decided('b', { agent_id: 'risk', tool_selected: 'help', tool_parameters: {} }),
    decided(
      'c',
      { decided_by: { kind: 'student', model_version: 'm1' }, context: { query: 'a' } },
      { occurredAt: '2026-01-03T01:00:00.000Z' },
    ),
    decided('a', {}, { tenant: 'globex' }),
  );
});
afterAll(() => host.close());

const ids = (page: Page) => page.data.map(({ id }) => id);
const list = async (query: Query = {}) => (await host.call(listDecisions, { query })).body;
const one = (id: string, query = {}, tenant = 'acme') => host.call(getDecision, { params: { id }, query, tenant });
const history = (id: string, query = {}, tenant = 'acme') =>
  host.call(getDecisionHistory, { params: { id }, query, tenant });
const nextOf = ({ headers }: { headers: Headers }) => /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];

describe('GET /decisions', () => {
  it('shows the tenant’s decisions in the order of the log, their tools expanded', async () => {
    const shown = await list();
    expect(ids(shown)).toEqual(['a', 'b', 'c']);
    expect(shown.data[0]).toMatchObject({
      tenant: 'acme',
      agent_id: 'loan',
      toolset,
      tools_available: tools,
      decided_by: { kind: 'teacher' },
    });
    expect((await list({ toolsets: 'reference' })).data[0]!.tools_available).toBeUndefined();
  });

  it('narrows by agent, tool, who decided and time, and sorts by when it happened', async () => {
    const listed = async (query: Query) => ids(await list(query));
    expect(await listed({ 'filter[agent_id][eq]': 'risk' })).toEqual(['b']);
    expect(await listed({ 'filter[agent_id][in]': 'risk,loan', 'filter[tool_selected][eq]': 'get_balance' })).toEqual([
      'a',
      'c',
    ]);
    expect(await listed({ 'filter[decided_by][eq]': 'student' })).toEqual(['c']);
    expect(await listed({ 'filter[occurred_at][gt]': '2026-01-03T00:00:00Z' })).toEqual(['c']);
    expect(await listed({ sort: '-occurred_at' })).toEqual(['c', 'a', 'b']);
    expect(await listed({ as_of: '2026-01-02T00:00:00Z' })).toEqual(['b']);
  });

  it('refuses a parameter it does not know, and one it cannot read', async () => {
    const refused = async (query: object) => {
      const { status, problem } = await host.call(listDecisions, { query } as never);
      return [status, ...(problem?.errors ?? []).map(({ pointer }) => pointer)];
    };
    expect(await refused({ 'filter[colour][eq]': 'red' })).toEqual([400, '/filter[colour][eq]']);
    expect(await refused({ limit: 1001 })).toEqual([400, '/limit']);
    expect(await refused({ at_least: 'nowhere' })).toEqual([400, '/at_least']);
    expect(await refused({ at_least: `${2n ** 64n}/0` })).toEqual([400, '/at_least']);
    for (const moment of [
      '0000-01-01T00:00:00Z',
      '2026-01-01T00:00:00-23:00',
      `2026-01-01T00:00:00.${'1'.repeat(200)}Z`,
    ])
      for (const parameter of ['as_of', 'recorded_as_of', 'filter[occurred_at][gt]'])
        expect(await refused({ [parameter]: moment })).toContain(`/${parameter}`);
  });

  it('are counted, no further than is asked', async () => {
    expect((await host.call(countDecisions, { tenant: 'globex' })).body).toEqual({ decisions: 1 });
    expect((await host.call(countDecisions, { query: { at_most: 2 } })).body).toEqual({ decisions: 2 });
  });

  it('pages through the snapshot its first page was read from, whatever arrives meanwhile', async () => {
    for (const sort of ['log', '-occurred_at'] as const) {
      const first = await host.call(listDecisions, { query: { limit: 2, sort } });
      await host.record(decided(`late-${sort}`, {}, { occurredAt: '2026-01-01T12:00:00.000Z' }));
      expect(first.body.has_more).toBe(true);
      const second = (await (await host.send(nextOf(first)!)).json()) as Page;
      expect([...ids(first.body), ...ids(second)]).not.toContain(`late-${sort}`);
      const again = await host.call(listDecisions, {
        query: { limit: 2, sort: 'log', 'filter[agent_id][eq]': 'x', cursor: first.body.next_cursor! },
      });
      expect(again.problem).toMatchObject({ status: 400, type: '/errors#decisions.cursor-mismatch' });
    }
  });

  it('divides what is large into more pages, and streams all of it', async () => {
    // Text that does not get smaller, as that of an agent with documents in its context.
    const text = () => randomBytes(400_000).toString('base64');
    const large = Array.from({ length: 24 }, (_, index) => `large-${index}`);
    await host.record(...large.map((id) => decided(id, { agent_id: 'archivist', context: { text: text() } })));
    const query = { 'filter[agent_id][eq]': 'archivist', toolsets: 'reference' } as const;
    const first = await host.call(listDecisions, { query });
    expect(first.body.data.length).toBeLessThan(12);
    expect(first.body.has_more).toBe(true);
    const seen = ids(first.body);
    for (let next = nextOf(first); next !== undefined;) {
      const answer = await host.send(next);
      seen.push(...ids((await answer.json()) as Page));
      next = nextOf(answer);
    }
    expect(seen).toEqual(large);
    expect((await host.lines(listDecisions, { query })).map(({ id }) => id)).toEqual(large);
  });

  it('streams the whole snapshot as NDJSON in the order of the log', async () => {
    const query = { toolsets: 'reference' } as const;
    const answer = await host.send(urlOf(listDecisions, { query }), { headers: { accept: 'application/x-ndjson' } });
    expect(answer.headers.get('retort-log-position')).toMatch(/^\d+\/\d+$/);
    await answer.text();
    const rows = await host.lines(listDecisions, { query });
    expect(rows.map(({ id }) => id).slice(0, 3)).toEqual(['a', 'b', 'c']);
  });
});

describe('one decision', () => {
  it('carries the newest hundred of its outcomes, however many are reported', async () => {
    const many = Array.from({ length: 120 }, (_, index) => reported('told', { result: { [`r${index}`]: index } }));
    const kept = Array.from({ length: 120 }, (_, index) => reported('told', { [`member_${index}`]: index }));
    await host.record(decided('told'), ...many, ...kept);
    const { outcome } = (await one('told')).body;
    expect(Object.keys(outcome ?? {}).filter((name) => name.startsWith('member_'))).toHaveLength(100);
    expect(outcome).toMatchObject({ member_119: 119 });
    expect(outcome).not.toHaveProperty('result');
  });

  it('carries the outcomes reported later, and only those that were known at the time asked about', async () => {
    const before = await until('a moment', async () => {
      const { body } = await one('a');
      return Date.now() > Date.parse(body.recorded_at) + 5 ? new Date().toISOString() : null;
    });
    // The log knows whole milliseconds: what is recorded within the one that is asked about counts as known then.
    await until('the clock to move on', () => Date.now() > Date.parse(before));
    await host.record(reported('a', { success: false }), reported('a', { result: { paid: 1 } }));
    const now = await one('a');
    expect(now.body.outcome).toEqual({ success: false, execution_time_ms: 10, result: { paid: 1 } });
    const then = await one('a', { recorded_as_of: before });
    expect(then.body.outcome).toEqual({ success: true, execution_time_ms: 10 });
    expect((await history('a')).body.data.map(({ event_type }) => event_type)).toEqual([
      'AGENT_TOOL_SELECTED',
      'DECISION_OUTCOME_REPORTED',
      'DECISION_OUTCOME_REPORTED',
    ]);
    const known = await history('a', { recorded_as_of: before });
    expect(known.body.data.map(({ event_type }) => event_type)).toEqual(['AGENT_TOOL_SELECTED']);
  });

  it('is not there at a moment before it happened, nor is its history', async () => {
    for (const ask of [one, history]) {
      expect((await ask('a', { as_of: new Date().toISOString() })).status).toBe(200);
      expect((await ask('a', { as_of: '2000-01-01T00:00:00Z' })).status).toBe(404);
      expect((await ask('a', { as_off: '2000-01-01T00:00:00Z' })).status).toBe(400);
    }
  });

  it('says that its arguments are not known, or only in part, and that there were none, each as it was recorded', async () => {
    const known = { account: '42' };
    await host.record(
      decided('unknown', { agent_id: 'risk', tool_parameters: null }),
      decided('in-part', { agent_id: 'risk', tool_parameters: null, known_parameters: known }),
      decided('none', { agent_id: 'risk', tool_parameters: undefined }),
    );
    const argumentsOf = async (id: string) => {
      const { body } = await one(id);
      return [body.tool_parameters, body.known_parameters];
    };
    expect(await argumentsOf('unknown')).toEqual([null, undefined]);
    expect(await argumentsOf('in-part')).toEqual([null, known]);
    expect(await argumentsOf('none')).toEqual([{}, undefined]);
  });

  it('has a history that is divided into pages, by rows and by size', async () => {
    await host.record(
      decided('long', {}, { tenant: 'initech' }),
      ...Array.from({ length: 40 }, (_, index) =>
        reported('long', { result: index === 20 ? 'x'.repeat(600_000) : index }, { tenant: 'initech' }),
      ),
    );
    const whole = { agent: 0, sizes: [] as number[], results: [] as unknown[] };
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { body } = await history('long', { limit: 30, ...(cursor !== undefined && { cursor }) }, 'initech');
      expect(body.has_more).toBe(body.next_cursor !== null);
      whole.sizes.push(body.data.length);
      for (const { event_type, data } of body.data)
        if (event_type === 'AGENT_TOOL_SELECTED') whole.agent++;
        else whole.results.push((data as { result: unknown }).result);
      cursor = body.next_cursor;
    }
    // The page ends with the large one, which is the twenty-second event.
    expect(whole.sizes).toEqual([22, 19]);
    expect(whole.agent).toBe(1);
    expect(whole.results.filter((result) => typeof result === 'number')).toEqual([
      ...Array.from({ length: 20 }, (_, index) => index),
      ...Array.from({ length: 19 }, (_, index) => index + 21),
    ]);
    const { body } = await history('long', { limit: 1 }, 'initech');
    const elsewhere = await history('a', { limit: 1, cursor: body.next_cursor });
    expect(elsewhere.problem?.type).toBe('/errors#decisions.cursor-mismatch');
  });

  it('refuses a cursor that somebody made up, whatever is in it', async () => {
    const bound = { sort: 'log', toolsets: 'expand' };
    const places = ['nowhere', '-1/0', '99999999999999999999/0', `${'9'.repeat(400)}/1`];
    for (const position of places) {
      const forged = encodeCursor({ query: { id: 'a' }, after: position });
      expect((await history('a', { cursor: forged })).problem?.type).toBe('/errors#decisions.cursor-invalid');
      for (const after of [
        { snapshot: position, after: { occurred_at: '2026-01-01T00:00:00.000Z', position: '1/1' } },
        { snapshot: '1/1', after: { occurred_at: '2026-01-01T00:00:00.000Z', position } },
        { snapshot: '1/1', after: { occurred_at: position, position: '1/1' } },
      ]) {
        const { problem } = await host.call(listDecisions, {
          query: { cursor: encodeCursor({ query: bound, after }) },
        });
        expect(problem?.type).toBe('/errors#decisions.cursor-invalid');
      }
      for (const query of [{}, { 'filter[action][eq]': 'keys.create' }]) {
        const cursor = encodeCursor({ query, after: position });
        const { problem } = await host.call(listAuditEvents, { query: { ...query, cursor } });
        expect(problem?.type).toBe('/errors#audit.cursor-invalid');
      }
    }
  });

  it('is unknown to another tenant', async () => {
    expect((await one('b', {}, 'globex')).status).toBe(404);
    expect((await history('b', {}, 'globex')).status).toBe(404);
    expect((await host.call(getToolset, { params: { digest: toolset }, tenant: 'globex' })).status).toBe(404);
    expect((await one('a', {}, 'globex')).body.tenant).toBe('globex');
  });

  it('is found by its id among others, in the order asked for', async () => {
    const { body } = await host.call(lookUpDecisions, { body: { ids: ['c', 'nobody', 'a'] } });
    expect(body.data.map(({ id }) => id)).toEqual(['c', 'a']);
  });
});

describe('what else readers may ask', () => {
  it('gives the tools behind a digest', async () => {
    const { body } = await host.call(getToolset, { params: { digest: toolset } });
    expect(body).toEqual({ toolset, name: 'balances', tools });
  });

  it('says what of the tools’ schemas goes unchecked', async () => {
    const looking = [{ name: 'look', parameters: { pattern: '^(?=a)' } }];
    const unchecked = [{ pointer: '/tools/0/parameters/pattern', message: 'is not checked' }];
    const digest = digestOfJson(looking);
    await host.record(event('TOOLSET_REGISTERED', digest.slice(7), { toolset: digest, tools: looking, unchecked }));
    const { body } = await host.call(getToolset, { params: { digest } });
    expect(body).toEqual({ toolset: digest, name: null, tools: looking, unchecked });
  });

  it('tells each agent’s days: counts, success, and the student’s agreement with the teacher', async () => {
    const agents = await host.call(listAgents);
    expect(agents.body.data.map(({ agent_id }) => agent_id)).toEqual(['archivist', 'loan', 'risk']);
    const { body } = await host.call(getAgentTimeline, {
      params: { agent_id: 'loan' },
      query: { from: '2026-01-03T00:00:00Z' },
    });
    expect(body.data).toMatchObject([
      {
        day: '2026-01-03',
        decisions: 2,
        decided_by_student: 1,
        success: { numerator: 0, denominator: 1 },
        execution_time_ms: { measured: 1, mean: 10 },
        agreement: { value: 1, numerator: 1, denominator: 1 },
      },
    ]);
    expect((await host.call(getAgentTimeline, { params: { agent_id: 'nobody' } })).status).toBe(404);
  });

  it('knows a student that is reported as the teacher, of its own tenant', async () => {
    const trained = readFileSync(new URL('../../../packages/contracts/golden/model-trained.v1.json', import.meta.url));
    const data = { ...(JSON.parse(String(trained)) as object), model_version: 'tool-calling-0123456789ab' };
    const posing = { agent_id: 'posing', teacher_model: 'tool-calling-0123456789ab', decided_by: { kind: 'teacher' } };
    await host.record(
      event('MODEL_TRAINED', 'tool-calling', data, { aggregateType: 'model' }),
      decided('posing-1', posing),
      decided('posing-2', { ...posing, teacher_model: 'the-teacher' }),
      event(
        'MODEL_TRAINED',
        'other',
        { ...data, model_version: 'elsewhere' },
        { aggregateType: 'model', tenant: 'globex' },
      ),
      decided('posing-3', { ...posing, teacher_model: 'elsewhere' }),
    );
    const { data: found } = await list({ 'filter[agent_id][eq]': 'posing' });
    expect(found.map(({ id, decided_by }) => [id, decided_by])).toEqual([
      ['posing-1', { kind: 'student', model_version: 'tool-calling-0123456789ab' }],
      ['posing-2', { kind: 'teacher' }],
      ['posing-3', { kind: 'teacher' }],
    ]);
  });

  it('compares no call whose arguments are not known', async () => {
    const context = { query: 'the same' };
    const student = { decided_by: { kind: 'student', model_version: 'm1' } };
    await host.record(
      decided('t1', { agent_id: 'fraud', context }),
      decided('t2', { agent_id: 'fraud', context, tool_parameters: null }, { occurredAt: '2026-01-01T01:00:00.000Z' }),
      decided('s1', { agent_id: 'fraud', context, ...student }),
      decided('s2', { agent_id: 'fraud', context, ...student, tool_parameters: null }),
    );
    const { body } = await host.call(getAgentTimeline, { params: { agent_id: 'fraud' } });
    expect(body.data).toMatchObject([
      { decisions: 4, decided_by_student: 2, agreement: { numerator: 1, denominator: 1 } },
    ]);
  });

  it('relays every event to its topic, keyed by its stream', async () => {
    const received: { key: string; type: string }[] = [];
    const consumption = await host.infrastructure.bus.consume({
      group: 'test',
      topics: [topics.decisions, topics.toolsets],
      handle: async ({ key, attributes }) => void received.push({ key, type: attributes.type }),
    });
    const stored = (
      await host.infrastructure.database('event_store').query("select 1 from events where stream ~ '^(agent|toolset)-'")
    ).rowCount;
    await until('every event on the bus', () => received.length >= stored);
    await consumption.close();
    expect(received).toContainEqual({ key: 'agent-globex.loan', type: 'AGENT_TOOL_SELECTED' });
    expect(received).toHaveLength(stored);
  });

  it('lists the tenant’s own events', async () => {
    const { body } = await host.call(listAuditEvents, {
      query: { limit: 1, event_type: 'AGENT_TOOL_SELECTED' },
      tenant: 'globex',
    });
    expect(body).toMatchObject({ data: [{ event_type: 'AGENT_TOOL_SELECTED' }], has_more: false });
  });

  it('tells how far each reader of the log is behind', async () => {
    const scraped = await (await host.send('/metrics')).text();
    for (const reader of ['decisions', 'relay', 'hash-chain'])
      expect(scraped).toMatch(new RegExp(`retort_reader_lag_seconds\\{[^}]*reader="${reader}"[^}]*\\} \\d`));
  });

  it('lists who administered the tenant, narrowed by what, who, from where and when', async () => {
    await host.call(revokeApiKey, { params: { id: 'unknown' }, tenant: 'globex' });
    const listed = async (query: object) =>
      (await host.call(listAuditEvents, { query, tenant: 'globex' })).body.data.map(({ event_type, data }) => [
        event_type,
        (data as { action: string }).action,
      ]);
    const both = [
      ['ADMINISTRATION_REQUESTED', 'api-keys.revoke'],
      ['ADMINISTRATION_REFUSED', 'api-keys.revoke'],
    ];
    expect(await listed({ 'filter[action][eq]': 'api-keys.revoke' })).toEqual(both);
    const fromHere = { 'filter[address][eq]': '127.0.0.1' };
    expect(await listed({ ...fromHere, event_type: 'ADMINISTRATION_REFUSED' })).toEqual([both[1]]);
    expect(await listed({ 'filter[key_id][eq]': 'nobody' })).toEqual([]);
    expect(await listed({ 'filter[recorded_at][lt]': '2020-01-01T00:00:00Z' })).toEqual([]);
    const first = await host.call(listAuditEvents, { query: { ...fromHere, limit: 1 }, tenant: 'globex' });
    expect(await listed({ ...fromHere, cursor: first.body.next_cursor! })).toEqual([both[1]]);
    const reader = await host.host.keys.create({ tenant: 'globex', name: 'reader', scopes: ['decisions:read'] });
    const headers = { authorization: `Bearer ${reader.secret}` };
    const asReader = (query: object) => host.call(listAuditEvents, { query, headers });
    expect((await asReader({ 'filter[action][eq]': 'api-keys.revoke' })).status).toBe(403);
    const { body } = await asReader({ limit: 1000 });
    expect(JSON.stringify(body)).not.toContain('ADMINISTRATION');
    const labelled = { prompt: 'loan', label: 'production', version: 1 };
    await host.record(event('PROMPT_LABELLED', 'loan', labelled, { tenant: 'globex', aggregateType: 'prompt' }));
    const prompts = { event_type: 'PROMPT_LABELLED' };
    expect((await asReader(prompts)).body.data).toEqual([]);
    expect((await host.call(listAuditEvents, { query: prompts, tenant: 'globex' })).body.data).toHaveLength(1);
  });
});

describe('an export of decisions', () => {
  const exportsOf = async (tenant: string) => {
    const query = { 'filter[action][eq]': 'decisions.export' };
    const { body } = await host.call(listAuditEvents, { query, tenant });
    return body.data.filter(({ event_type }) => event_type === 'ROWS_EXPORTED').map(({ data }) => data);
  };

  it('is on record: who, what, from where, and how many rows were sent; a page is no export', async () => {
    await host.record(...['x', 'y', 'z'].map((id) => decided(id, {}, { tenant: 'exporting' })));
    await host.call(listDecisions, { tenant: 'exporting' });
    expect(await host.lines(listDecisions, { tenant: 'exporting' })).toHaveLength(3);
    const [exported, ...others] = await until('the export to be on record', async () => {
      const recorded = await exportsOf('exporting');
      return recorded.length > 0 ? recorded : null;
    });
    expect([exported, others]).toEqual([
      {
        action: 'decisions.export',
        key_id: (await host.keyOf('exporting')).split('_')[1],
        address: '127.0.0.1',
        path: listDecisions.path,
        rows: 3,
        complete: true,
      },
      [],
    ]);
  });

  it('that its reader breaks off is on record as incomplete', async () => {
    const filler = 'x'.repeat(40_000);
    const many = Array.from({ length: 300 }, (_, index) =>
      decided(`many-${index}`, { context: { filler } }, { tenant: 'leaving' }),
    );
    await host.record(...many);
    const leaving = new AbortController();
    const headers = { accept: 'application/x-ndjson' };
    const answer = await host.send(listDecisions.path, { tenant: 'leaving', headers, signal: leaving.signal });
    await answer.body!.getReader().read();
    leaving.abort();
    const [exported] = await until('the export to be on record', async () => {
      const recorded = await exportsOf('leaving');
      return recorded.length > 0 ? recorded : null;
    });
    expect(exported).toMatchObject({ complete: false });
  });
});

describe('a poison event', () => {
  it('is set aside with its reason and stops nothing', async () => {
    const unreadable = event('AGENT_TOOL_SELECTED', 'loan', { id: 'p', tool_selected: 1 });
    const fromTheFuture = decided('f', {}, { version: 99 });
    const refused = decided('nul', { tool_selected: 'x\0' });
    await host.record(unreadable, fromTheFuture, refused, decided('after-poison'));
    expect((await one('after-poison')).status).toBe(200);
    const { rows } = await host.infrastructure
      .database('event_projection')
      .query<{ event_id: string; stream: string }>(
        'select event_id, stream from poison_events order by commit_position',
      );
    expect(rows).toEqual(
      [unreadable, fromTheFuture, refused].map((poison) => ({ event_id: poison.id, stream: streamOf(poison) })),
    );
    // A figure that takes the database too long is left out of a scrape.
    const figure = await until('the metrics to tell', async () => {
      const text = await (await host.send('/metrics')).text();
      return /^retort_projection_poison_events\{[^}]*\} (\d+)$/m.exec(text)?.[1];
    });
    expect(figure).toBe('3');
  });
});

describe('the hash chain', () => {
  it('finds and names one altered byte in a stored event', async () => {
    const sound = await host.call(verifyAuditEvents);
    expect(sound.body).toMatchObject({ intact: true, first_difference: null });
    const log = host.database.connect({ schema: 'event_store' });
    const { rows } = await log.query<{ event_id: string }>(
      `update events set data = replace(data::text, '"42"', '"43"')::json
       where event_id = (select event_id from events where data::text like '%"42"%' order by transaction_id limit 1)
       returning event_id`,
    );
    const altered = await host.call(verifyAuditEvents);
    expect(altered.body.first_difference).toMatchObject({ kind: 'altered', event_id: rows[0]!.event_id });
    await log.query(`update events set data = replace(data::text, '"43"', '"42"')::json where event_id = $1`, [
      rows[0]!.event_id,
    ]);
    await log.query(`delete from events where event_id = $1`, [rows[0]!.event_id]);
    const removed = await host.call(verifyAuditEvents);
    expect(removed.body.first_difference).toMatchObject({ kind: 'missing', event_id: rows[0]!.event_id });
  });
});
