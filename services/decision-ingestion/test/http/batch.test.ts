import { recordDecision, recordDecisions } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collected } from '../host.ts';
import { codeOf, decision, startPosting, type Posting } from './posting.ts';

let host: Posting;
beforeAll(async () => {
  host = await startPosting();
});
afterAll(() => host.close());

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
    const stored = (await host.decisionEvents()).map(({ json }) => (JSON.parse(json) as { id: string }).id);
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
