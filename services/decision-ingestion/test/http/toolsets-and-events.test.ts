import { recordDecision, recordEvents, registerToolset } from '@retort/contracts';
import { CloudEvent, HTTP } from 'cloudevents';
import { digestOfJson } from '@retort/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decision, pointersOf, startPosting, type Posting } from './posting.ts';

let host: Posting;
beforeAll(async () => {
  host = await startPosting();
});
afterAll(() => host.close());

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
    new CloudEvent({ id: `ce-${decision().id}`, source: '/agents/loan', type: 'AGENT_TOOL_SELECTED', data });
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
