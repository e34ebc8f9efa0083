import { getNamedToolset, recordDecision, registerToolset, urlOf } from '@retort/contracts';
import { digestOfJson, newId } from '@retort/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion, type Answer, type TestHost } from './host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startIngestion();
});
afterAll(() => host.close());

const pointersOf = ({ body }: Answer) => (body['errors'] as { pointer: string }[] | undefined)?.map((e) => e.pointer);
const codeOf = ({ body }: Answer) => String(body['type']).replace('/errors#', '');
const record = (parameters: object, arguments_: object) =>
  host.post(recordDecision.path, {
    agent_id: 'loan',
    context: { query: 'x' },
    tools_available: [{ name: 'act', parameters }],
    tool_selected: 'act',
    tool_parameters: arguments_,
  });

describe('a schema that arrives', () => {
  it('is refused by pointer where it is asynchronous, names an unknown format, or refers to the outside', async () => {
    for (const [schema, pointer] of [
      [{ $async: true }, '/$async'],
      [{ properties: { a: { format: 'telephone' } } }, '/properties/a/format'],
      [{ $ref: 'http://169.254.169.254/latest' }, ''],
    ] as const) {
      const answer = await record(schema, {});
      expect([answer.status, codeOf(answer), pointersOf(answer)]).toEqual([
        422,
        'toolsets.invalid-schema',
        [`/tools_available/0/parameters${pointer}`],
      ]);
    }
  });

  it('is a tool schema that is nested 3,000 deep, and is refused', async () => {
    const deep = `${'{"properties":{"a":'.repeat(3_000)}{}${'}}'.repeat(3_000)}`;
    const answer = await host.post(registerToolset.path, `{"tools":[{"name":"act","parameters":${deep}}]}`);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'decisions.unstorable']);
  });

  it('does not hold the process by a pattern, by 40,000 unique items, or by a recursion that doubles', async () => {
    const text = `${'a'.repeat(30_000)}!`;
    expect((await record({ properties: { a: { pattern: '^(a+)+$' } } }, { a: text })).status).toBe(422);
    expect((await record({ patternProperties: { '^(a+)+$': {} } }, { [text]: 1 })).status).toBe(201);
    const items = Array.from({ length: 40_000 }, (_, index) => index);
    expect((await record({ properties: { a: { uniqueItems: true } } }, { a: items })).status).toBe(201);
    const node = { allOf: [{ items: { $ref: '#/$defs/node' } }, { items: { $ref: '#/$defs/node' } }] };
    let deep: unknown[] = [];
    for (let level = 0; level < 60; level++) deep = [deep];
    const answer = await record({ properties: { a: { $ref: '#/$defs/node' } }, $defs: { node } }, { a: deep });
    expect([answer.status, codeOf(answer), pointersOf(answer)]).toEqual([
      422,
      'decisions.parameters-over-budget',
      ['/tool_parameters'],
    ]);
  });

  it('costs no more in a turn of 128 calls than in one call', async () => {
    const parameters = {
      properties: { a: { items: { enum: Array.from({ length: 100 }, (_, index) => ({ index })) } } },
    };
    const tools = Array.from({ length: 128 }, (_, index) => ({ name: `act-${index}`, parameters }));
    const call = { a: Array.from({ length: 80 }, () => ({ index: 0 })) };
    const answer = await host.post(recordDecision.path, {
      agent_id: 'loan',
      context: {},
      tools_available: tools,
      tool_calls: tools.map(({ name }) => ({ tool: name, parameters: call })),
    });
    expect([answer.status, codeOf(answer)]).toEqual([422, 'decisions.parameters-over-budget']);
    const tool_calls = tools.map(({ name }) => ({ tool: name, parameters: { a: [{ index: 0 }] } }));
    const short = { agent_id: 'loan', context: {}, tools_available: tools, tool_calls };
    expect((await host.post(recordDecision.path, short)).status).toBe(201);
  });

  it('with a pattern that is not linear is accepted, reported, recorded with the toolset, and counted', async () => {
    const parameters = { type: 'object', properties: { a: { pattern: '^(?=.*a)' } }, required: ['a'] };
    const answer = await host.post(registerToolset.path, { name: 'looking', tools: [{ name: 'look', parameters }] });
    const unchecked = [expect.objectContaining({ pointer: '/tools/0/parameters/properties/a/pattern' })];
    expect(answer).toMatchObject({ status: 201, body: { unchecked } });
    const named = await fetch(`${host.url}${urlOf(getNamedToolset, { params: { name: 'looking' } })}`, {
      headers: { authorization: `Bearer ${await host.key('acme')}` },
    });
    expect(await named.json()).toMatchObject({ unchecked });
    const registered = (await host.events()).findLast(({ type }) => type === 'TOOLSET_REGISTERED')!;
    expect(JSON.parse(registered.json)).toMatchObject({ unchecked });
    expect((await record(parameters, { a: 'b' })).status).toBe(201);
    expect((await record(parameters, {})).status).toBe(422);
    const metrics = await (await fetch(`${host.url}/metrics`)).text();
    expect(metrics).toMatch(/retort_ingestion_unchecked_keywords_total\{.*\} [12]\n/);
  });

  it('goes on to be used where an earlier release stored it, though it would be refused today', async () => {
    const tools = [{ name: 'act', parameters: { properties: { a: { format: 'telephone' } } } }];
    const toolset = digestOfJson(tools);
    const aggregateId = toolset.slice('sha256:'.length);
    await host.infrastructure.events.append({
      stream: `toolset-acme.${aggregateId}`,
      expected: 'any',
      events: [
        {
          id: newId(),
          type: 'TOOLSET_REGISTERED',
          version: 1,
          tenant: 'acme',
          aggregateType: 'toolset',
          aggregateId,
          occurredAt: new Date(0).toISOString(),
          causationId: null,
          correlationId: newId(),
          json: JSON.stringify({ toolset, tools }),
        },
      ],
    });
    expect((await record(tools[0]!.parameters, { a: 5 })).status).toBe(201);
    const referred = { agent_id: 'loan', context: {}, toolset, tool_selected: 'act', tool_parameters: {} };
    expect((await host.post(recordDecision.path, referred)).status).toBe(201);
  });
});
