import { getDecision, recordDecision, recordDecisions, registerToolset, urlOf } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion } from '../host.ts';
import { codeOf, decision, pointersOf, startPosting, tools, type Posting } from './posting.ts';

let host: Posting;
beforeAll(async () => {
  host = await startPosting();
});
afterAll(() => host.close());

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
    expect((await host.decisionEvents()).filter(({ id }) => id === first.body['event_id'])).toHaveLength(1);
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
    const stored = (await host.decisionEvents()).map(({ json }) => JSON.parse(json) as { id: string });
    expect(stored.find(({ id }) => id === refused.id)).toEqual(unknown);
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
