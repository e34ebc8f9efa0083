import {
  getDecision,
  recordDecision,
  recordDecisions,
  recordEvents,
  registerToolset,
  reportOutcome,
  urlOf,
} from '@retort/contracts';
import { CloudEvent, HTTP } from 'cloudevents';
import { digestOfJson } from '@retort/kernel';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collected, startIngestion, type Answer, type TestHost } from './host.ts';

const tools = [
  {
    name: 'get_balance',
    description: 'Balance of an account',
    parameters: {
      type: 'object',
      properties: { account: { type: 'string' }, limit: { type: 'integer' } },
      required: ['account'],
      additionalProperties: false,
    },
  },
  { name: 'help' },
];
const toolset = digestOfJson(tools);
let next = 0;
const decision = (changes: Record<string, unknown> = {}) => ({
  id: `d-${++next}`,
  agent_id: 'loan',
  context: { query: 'What do I owe?' },
  toolset,
  tool_selected: 'get_balance',
  tool_parameters: { account: '42' },
  ...changes,
});

let host: TestHost;
beforeAll(async () => {
  host = await startIngestion({ decisionBodyLimit: 20_000, batchLimit: 50 });
  expect((await host.post(registerToolset.path, { name: 'balances', tools })).status).toBe(201);
});
afterAll(() => host.close());

const pointersOf = ({ body }: Answer) => (body['errors'] as { pointer: string }[] | undefined)?.map((e) => e.pointer);
const codeOf = ({ body }: Answer) => String(body['type']).replace('/errors#', '');
const decisionEvents = async () => (await host.events()).filter(({ type }) => type === 'AGENT_TOOL_SELECTED');

describe('POST /decisions', () => {
  it('does not keep of an agent which upstream answered: only the gateway knows', async () => {
    const answer = await host.post(
      recordDecision.path,
      decision({ exchange: { latency_ms: 12, upstream: 'primary' } }),
    );
    expect(answer.status).toBe(201);
    const [event] = (await host.events()).filter(({ id }) => id === answer.body['event_id']);
    expect(JSON.parse(event!.json)).toMatchObject({ exchange: { latency_ms: 12 } });
    expect(event!.json).not.toContain('primary');
  });

  it('answers 201 with a Location, and the event stands in the stream of its agent, byte for byte', async () => {
    const text = ` {"context":{"query":"\\u00e4 and ä"},${JSON.stringify(decision({ context: undefined })).slice(1)}`;
    const answer = await host.post(recordDecision.path, text);
    expect(answer).toMatchObject({ status: 201, body: { status: 'recorded' } });
    expect(answer.headers.get('location')).toBe(urlOf(getDecision, { params: { id: String(answer.body['id']) } }));
    const [event] = (await host.events()).filter(({ id }) => id === answer.body['event_id']);
    expect(event).toMatchObject({ stream: 'agent-acme.loan', tenant: 'acme', aggregateId: 'loan', json: text });
  });

  it('holds every call of a turn to the tools offered, and names the one that is wrong', async () => {
    const calls = (second: object) => ({
      tool_calls: [{ tool: 'get_balance', parameters: { account: '42' } }, second],
    });
    const { tool_selected: _, tool_parameters: __, ...rest } = decision();
    expect((await host.post(recordDecision.path, { ...rest, ...calls({ tool: 'help' }) })).status).toBe(201);
    const unknown = await host.post(recordDecision.path, { ...decision(), ...calls({ tool: 'pay' }) });
    expect([unknown.status, pointersOf(unknown)]).toEqual([422, ['/tool_calls/1/tool']]);
    const wrong = await host.post(recordDecision.path, {
      ...decision(),
      ...calls({ tool: 'help', parameters: { a: 1 } }),
    });
    expect([wrong.status, pointersOf(wrong)]).toEqual([422, ['/tool_calls/1/parameters']]);
  });

  it('answers the same decision again with 200, however it is written, and stores it once', async () => {
    const once = decision();
    const first = await host.post(recordDecision.path, once);
    const reordered = Object.fromEntries(Object.entries({ ...once, toolset: 'balances' }).reverse());
    const second = await host.post(recordDecision.path, reordered);
    expect(second).toMatchObject({
      status: 200,
      body: { id: once.id, event_id: first.body['event_id'], status: 'duplicate' },
    });
    const { toolset: _, ...rest } = once;
    expect((await host.post(recordDecision.path, { ...rest, tools_available: tools })).status).toBe(200);
    expect((await decisionEvents()).filter(({ id }) => id === first.body['event_id'])).toHaveLength(1);
  });

  it('answers the same id with other content with 409 and keeps the first', async () => {
    const once = decision();
    await host.post(recordDecision.path, once);
    const before = (await host.events()).length;
    const other = await host.post(recordDecision.path, { ...once, tool_parameters: { account: '43' } });
    expect([other.status, codeOf(other), pointersOf(other)]).toEqual([409, 'decisions.id-conflict', ['/id']]);
    expect((await host.post(recordDecision.path, { ...once, agent_id: 'risk' })).status).toBe(409);
    expect(await host.events()).toHaveLength(before);
  });

  it('keeps the ids of tenants apart', async () => {
    const once = decision({ toolset: undefined, tools_available: tools });
    const key = await host.key('globex');
    expect((await host.post(recordDecision.path, once)).status).toBe(201);
    expect((await host.post(recordDecision.path, once, { key })).status).toBe(201);
  });

  it('makes an id where there is none, and takes Idempotency-Key for it', async () => {
    const { id: _, ...without } = decision();
    const [first, second] = [
      await host.post(recordDecision.path, without),
      await host.post(recordDecision.path, without),
    ];
    expect(first.body['id']).not.toBe(second.body['id']);
    const headers = { 'idempotency-key': 'retry-1' };
    const kept = await host.post(recordDecision.path, without, { headers });
    const again = await host.post(recordDecision.path, without, { headers });
    expect([kept.status, again.status, again.body['id']]).toEqual([201, 200, kept.body['id']]);
  });

  it('interns inline tools: the event refers to them, and they are registered once', async () => {
    const inline = [{ name: 'only_here', description: 'x', parameters: { type: 'object' } }];
    const posted = decision({ toolset: undefined, tools_available: inline, tool_selected: 'only_here' });
    for (const id of ['inline-1', 'inline-2']) await host.post(recordDecision.path, { ...posted, id });
    const events = await host.events();
    const registered = events.filter(({ json }) => json.includes('only_here') && json.includes('"tools"'));
    expect(registered.map(({ stream }) => stream)).toEqual([`toolset-acme.${digestOfJson(inline).slice(7)}`]);
    const stored = events.find(({ json }) => json.includes('inline-1'));
    expect(JSON.parse(stored!.json)).toEqual({
      ...posted,
      tools_available: undefined,
      id: 'inline-1',
      toolset: digestOfJson(inline),
    });
  });

  it('carries the trace of the request into the event', async () => {
    const causation = '00000000-0000-4000-8000-00000000000A';
    const headers = { 'x-correlation-id': 'loop-7', 'x-causation-id': causation };
    const { body } = await host.post(recordDecision.path, decision(), { headers });
    const event = (await host.events()).find(({ id }) => id === body['event_id']);
    expect(event).toMatchObject({ correlationId: 'loop-7', causationId: causation.toLowerCase() });
  });

  it('takes a decision whose arguments are not known under the id that was refused for them', async () => {
    const refused = decision({ tool_parameters: { account: ['42'] } });
    expect((await host.post(recordDecision.path, refused)).status).toBe(422);
    const unknown = { ...refused, tool_parameters: null };
    expect((await host.post(recordDecision.path, unknown)).status).toBe(201);
    expect((await host.post(recordDecision.path, unknown)).status).toBe(200);
    const none = await host.post(recordDecision.path, { ...refused, tool_selected: 'help', tool_parameters: {} });
    expect(none.status).toBe(409);
    const stored = (await decisionEvents()).map(({ json }) => JSON.parse(json) as { id: string });
    expect(stored.find(({ id }) => id === refused.id)).toEqual(unknown);
  });

  const bad: [string, unknown, number, string, string[]][] = [
    ['malformed JSON', '{"agent_id": ', 400, 'decisions.malformed-json', ['']],
    ['an empty body', '', 400, 'decisions.malformed-json', ['']],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d]), 400, 'decisions.malformed-json', ['']],
    ['a missing field', decision({ agent_id: undefined }), 400, 'decisions.invalid', ['/agent_id']],
    [
      'no arguments known where no tool was called',
      decision({ tool_selected: null, tool_parameters: null }),
      400,
      'decisions.invalid',
      ['/tool_parameters'],
    ],
    [
      'arguments not known of a tool that was not offered',
      decision({ tool_selected: 'x', tool_parameters: null }),
      422,
      'decisions.tool-not-offered',
      ['/tool_selected'],
    ],
    ['a NUL character', decision({ context: { a: '\0' } }), 400, 'decisions.unstorable', ['/context/a']],
    ['an unknown toolset', decision({ toolset: 'nobody' }), 422, 'decisions.toolset-unknown', ['/toolset']],
    [
      'an unknown digest',
      decision({ toolset: `sha256:${'0'.repeat(64)}` }),
      422,
      'decisions.toolset-unknown',
      ['/toolset'],
    ],
    [
      'a timestamp without a zone',
      decision({ timestamp: '2026-01-31T12:00:00' }),
      400,
      'decisions.invalid',
      ['/timestamp'],
    ],
    [
      'a timestamp in the future',
      decision({ timestamp: new Date(Date.now() + 3_600_000).toISOString() }),
      422,
      'decisions.timestamp-in-future',
      ['/timestamp'],
    ],
    [
      'a tool that was not offered',
      decision({ tool_selected: 'x' }),
      422,
      'decisions.tool-not-offered',
      ['/tool_selected'],
    ],
    [
      'parameters against the tool’s schema',
      decision({ tool_parameters: { account: 1, limit: 1.5 } }),
      422,
      'decisions.parameters-invalid',
      ['/tool_parameters/account', '/tool_parameters/limit'],
    ],
    [
      'an invalid schema among the tools',
      decision({ toolset: undefined, tools_available: [{ name: 'get_balance', parameters: { type: 7 } }] }),
      422,
      'toolsets.invalid-schema',
      ['/tools_available/0/parameters/type'],
    ],
    [
      'tools that are no tools',
      decision({ toolset: undefined, tools_available: [{ description: 'nameless' }] }),
      400,
      'toolsets.invalid',
      ['/tools_available/0/name'],
    ],
  ];
  it.each(bad)('refuses %s, names the field, and stores nothing', async (_name, body, status, code, pointers) => {
    const before = (await host.events()).length;
    const answer = await host.post(recordDecision.path, body);
    expect([answer.status, codeOf(answer), pointersOf(answer)]).toEqual([status, code, pointers]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await host.events()).toHaveLength(before);
  });

  it('counts every decision of a batch against what the tenant may use a second', async () => {
    const key = await host.key('limited');
    await host.setQuota('limited', 2);
    const batch = () =>
      host.post(
        recordDecisions.path,
        ['q1', 'q2', 'q3'].map((id) => decision({ id, toolset: undefined, tools_available: tools })),
        { key },
      );
    // A batch larger than a second's worth goes through when nothing was used, and is paid off.
    expect((await batch()).status).toBe(202);
    const refused = await host.post(recordDecision.path, decision(), { key });
    expect([refused.status, codeOf(refused)]).toEqual([429, 'quotas.exceeded']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('refuses a body over the limit, another content type, a missing or wrong key, a missing scope', async () => {
    const before = (await host.events()).length;
    expect((await host.post(recordDecision.path, decision({ reasoning: 'x'.repeat(30_000) }))).status).toBe(413);
    const html = { headers: { 'content-type': 'text/html' } };
    expect((await host.post(recordDecision.path, decision(), html)).status).toBe(415);
    const reader = await host.key('acme', ['decisions:read']);
    expect((await host.post(recordDecision.path, decision(), { key: reader })).status).toBe(403);
    expect((await host.post(recordDecision.path, decision(), { key: 'rt_wrong' })).status).toBe(401);
    expect(await host.events()).toHaveLength(before);
  });
});

describe('POST /decisions:batch', () => {
  const ndjson = { headers: { 'content-type': 'application/x-ndjson' } };

  it('answers 202 when all are durable, as an array or line by line', async () => {
    const [a, b, c] = [decision(), decision(), decision()];
    const array = await host.post(recordDecisions.path, [a, b]);
    expect(array).toMatchObject({ status: 202, body: { recorded: 2, duplicates: 0, rejected: 0 } });
    const lines = await host.post(recordDecisions.path, `${JSON.stringify(b)}\n\n${JSON.stringify(c)}\r\n`, ndjson);
    expect(lines).toMatchObject({ status: 202, body: { recorded: 1, duplicates: 1, rejected: 0 } });
    expect(lines.body['results']).toMatchObject([
      { index: 0, status: 200, id: b.id },
      { index: 1, status: 201, id: c.id },
    ]);
  });

  it('answers 207 with a problem per bad item, and stores the good ones around it', async () => {
    const taken = decision();
    await host.post(recordDecision.path, taken);
    const [first, last] = [decision(), decision()];
    const batch = [
      first,
      decision({ tool_selected: 'x' }),
      { ...taken, context: {} },
      { ...first, context: { other: 'content' } },
      last,
    ].map((item) => JSON.stringify(item));
    const answer = await host.post(recordDecisions.path, [...batch, '{"no'].join('\n'), ndjson);
    expect(answer.status).toBe(207);
    expect(answer.body).toMatchObject({ recorded: 2, duplicates: 0, rejected: 4 });
    const results = answer.body['results'] as { status: number; problem?: { errors: { pointer: string }[] } }[];
    expect(results.map(({ status }) => status)).toEqual([201, 422, 409, 409, 201, 400]);
    expect(results[1]!.problem!.errors).toMatchObject([{ pointer: '/tool_selected' }]);
    const stored = (await decisionEvents()).map(({ json }) => (JSON.parse(json) as { id: string }).id);
    expect(stored).toEqual(expect.arrayContaining([first.id, last.id]));
  });

  it('keeps the order of an agent’s decisions', async () => {
    const batch = Array.from({ length: 40 }, () => decision({ agent_id: 'ordered' }));
    await host.post(recordDecisions.path, batch);
    const stream = await collected(host.infrastructure.events.readStream('agent-acme.ordered'));
    expect(stream.map(({ json }) => (JSON.parse(json) as { id: string }).id)).toEqual(batch.map(({ id }) => id));
  });

  it('takes the items of an array as they were written, and a bad one fails no other', async () => {
    const [first, last] = [decision(), decision()];
    const written = `[ ${JSON.stringify(first, null, 1)} , {no json} ,\n${JSON.stringify(last)}]`;
    const answer = await host.post(recordDecisions.path, written);
    expect(answer).toMatchObject({ status: 207, body: { recorded: 2, rejected: 1 } });
    expect((answer.body['results'] as { status: number }[]).map(({ status }) => status)).toEqual([201, 400, 201]);
    const cut = await host.post(recordDecisions.path, written.slice(0, -1));
    expect([cut.status, codeOf(cut)]).toEqual([400, 'decisions.malformed-json']);
  });

  it('holds each decision to the budget of one: characters, values, levels', async () => {
    const within = decision({ context: { list: Array.from({ length: 49_000 }, () => 0) } });
    const values = decision({ context: { list: Array.from({ length: 51_000 }, () => 0) } });
    const lines = [within, values, decision()].map((item) => JSON.stringify(item)).join('\n');
    const answer = await host.post(recordDecisions.path, lines, ndjson);
    expect((answer.body['results'] as { status: number }[]).map(({ status }) => status)).toEqual([201, 413, 201]);
    const [, refused] = answer.body['results'] as { problem: { type: string } }[];
    expect(refused!.problem.type).toBe('/errors#decisions.too-large');
  });

  it('refuses an empty batch, too many items, and what is no batch', async () => {
    expect((await host.post(recordDecisions.path, [])).status).toBe(400);
    expect((await host.post(recordDecisions.path, '\n', ndjson)).status).toBe(400);
    expect((await host.post(recordDecisions.path, decision())).status).toBe(400);
    const many = Array.from({ length: 51 }, () => decision());
    expect((await host.post(recordDecisions.path, many)).status).toBe(413);
  });
});

describe('an Idempotency-Key', () => {
  const keyed = (key: string, type = 'application/json') => ({
    headers: { 'idempotency-key': key, 'content-type': type },
  });

  it('stands for one request: another with it is refused with 422, whatever it asks', async () => {
    const once = decision();
    expect((await host.post(recordDecision.path, once, keyed('one'))).status).toBe(201);
    expect((await host.post(recordDecision.path, once, keyed('one'))).status).toBe(200);
    const before = (await host.events()).length;
    const others = [
      await host.post(recordDecision.path, decision(), keyed('one')),
      await host.post(recordDecisions.path, [once], keyed('one')),
      await host.post(urlOf(reportOutcome, { params: { id: once.id } }), { success: true }, keyed('one')),
    ];
    expect(others.map((other) => [other.status, codeOf(other)])).toEqual(
      others.map(() => [422, 'decisions.idempotency-key-reused']),
    );
    expect(await host.events()).toHaveLength(before);
    expect(
      (await host.post(recordDecision.path, decision(), { ...keyed('one'), key: await host.key('globex') })).status,
    ).not.toBe(422);
  });

  it('answers a batch without ids the second time as the first, and stores it once', async () => {
    const { id: _, ...without } = decision();
    const first = await host.post(recordDecisions.path, [without, without], keyed('batch'));
    expect(first).toMatchObject({ status: 202, body: { recorded: 2 } });
    const again = await host.post(recordDecisions.path, [without, without], keyed('batch'));
    expect(again).toMatchObject({ status: 202, body: { recorded: 0, duplicates: 2 } });
    const ids = ({ body }: Answer) => (body['results'] as { id: string }[]).map(({ id }) => id);
    expect(ids(again)).toEqual(ids(first));
  });

  it('is given back by a request that was refused', async () => {
    expect((await host.post(recordDecision.path, decision({ toolset: 'nobody' }), keyed('mended'))).status).toBe(422);
    expect((await host.post(recordDecision.path, decision(), keyed('mended'))).status).toBe(201);
  });

  it('whose request is under way is answered with 409 and when to come back', async () => {
    const once = decision();
    const database = host.database.connect();
    const holder = await database.pool.connect();
    await holder.query('begin; lock table event_store.events in exclusive mode');
    const first = host.post(recordDecision.path, once, keyed('slow'));
    await until('the first to be under way', async () => {
      const { rows } = await database.query(
        `select from decision_ingestion.idempotency_keys where key = 'slow' and busy_until is not null`,
      );
      return rows.length > 0;
    });
    const second = await host.post(recordDecision.path, once, keyed('slow'));
    expect([second.status, codeOf(second), second.headers.get('retry-after')]).toEqual([
      409,
      'decisions.idempotency-key-in-flight',
      '1',
    ]);
    await holder.query('rollback');
    holder.release();
    expect((await first).status).toBe(201);
    expect((await host.post(recordDecision.path, once, keyed('slow'))).status).toBe(200);
  });
});

describe('POST /toolsets', () => {
  it('registers the same tools once, under one digest, with a name that never changes its meaning', async () => {
    const own = [{ name: 'a' }];
    const first = await host.post(registerToolset.path, { name: 'mine', tools: own });
    const second = await host.post(registerToolset.path, { name: 'mine', tools: own });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual({ toolset: digestOfJson(own), name: 'mine', tools: own });
    const other = await host.post(registerToolset.path, { name: 'mine', tools: [{ name: 'b' }] });
    expect([other.status, pointersOf(other)]).toEqual([409, ['/name']]);
    expect(
      (await host.post(recordDecision.path, decision({ toolset: 'mine', tool_selected: 'a', tool_parameters: {} })))
        .status,
    ).toBe(201);
  });

  it('names the tool whose schema is invalid and registers nothing', async () => {
    const before = (await host.events()).length;
    const answer = await host.post(registerToolset.path, {
      tools: [{ name: 'a' }, { name: 'b', parameters: { type: 1 } }],
    });
    expect([answer.status, pointersOf(answer)]).toEqual([422, ['/tools/1/parameters/type']]);
    expect(await host.events()).toHaveLength(before);
  });
});

describe('POST /events', () => {
  const cloudEvent = (data: Record<string, unknown>) =>
    new CloudEvent({ id: `ce-${++next}`, source: '/agents/loan', type: 'AGENT_TOOL_SELECTED', data });
  const { id: _, ...data } = decision();

  it('records what the CloudEvents library sends, binary and structured, once per id', async () => {
    for (const write of [HTTP.binary, HTTP.structured]) {
      const event = cloudEvent(data);
      const { headers, body } = write(event);
      const options = { headers: headers as Record<string, string> };
      const first = await host.post(recordEvents.path, body as string, options);
      expect(first).toMatchObject({ status: 201, body: { id: event.id } });
      expect((await host.post(recordEvents.path, body as string, options)).status).toBe(200);
    }
  });

  it('answers a batch item by item', async () => {
    const batch = [cloudEvent(data), { specversion: '1.0', id: 'x', source: '/s', type: 'OTHER', data: {} }];
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    const answer = await host.post(recordEvents.path, batch, { headers });
    expect([answer.status, answer.body['recorded'], answer.body['rejected']]).toEqual([207, 1, 1]);
    const many = Array.from({ length: 51 }, () => cloudEvent(data));
    expect((await host.post(recordEvents.path, many, { headers })).status).toBe(413);
  });

  it('refuses an event without the attributes CloudEvents demands, naming them', async () => {
    const answer = await host.post(recordEvents.path, data, { headers: { 'ce-specversion': '1.0', 'ce-id': 'y' } });
    expect([answer.status, pointersOf(answer)]).toEqual([400, ['/source', '/type']]);
  });
});

describe('with the event store down', () => {
  it('is not ready, answers 503 with when to come back, and recovers by itself', async () => {
    const own = await startIngestion();
    try {
      expect((await own.post(registerToolset.path, { tools })).status).toBe(201);
      expect((await own.post(recordDecision.path, decision())).status).toBe(201);
      await own.gate.shut();
      const refused = await own.post(recordDecision.path, decision());
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect((await fetch(`${own.url}/readyz`)).status).toBe(503);
      await own.gate.open();
      await until('recovery', async () => (await own.post(recordDecision.path, decision())).status === 201);
      await until('readiness', async () => (await fetch(`${own.url}/readyz`)).status === 200);
    } finally {
      await own.close();
    }
  });
});
