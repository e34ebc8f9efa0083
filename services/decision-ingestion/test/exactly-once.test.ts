import { recordDecision, recordDecisions } from '@retort/contracts';
import { until } from '@retort/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@retort/testing/eventstoredb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIngestion, type Answer, type TestHost } from './host.ts';

let server: EventStoreDbServer;
let ingestion: TestHost;
beforeAll(async () => {
  server = await startEventStoreDbServer();
  const infrastructure = { eventStore: 'eventstoredb', eventStoreUrl: server.connectionString };
  ingestion = await startIngestion({}, { infrastructure });
});
afterAll(async () => {
  await ingestion.close();
  await server.stop();
});

let runs = 0;
const decisions = (count: number, agents = 4) => {
  runs++;
  return Array.from({ length: count }, (_, index) => ({
    id: `run${runs}-${index}`,
    agent_id: `agent-${runs}-${index % agents}`,
    context: { query: `what about ${index}` },
    tools_available: [{ name: 'look_up' }],
    tool_selected: 'look_up',
  }));
};
type Decision = ReturnType<typeof decisions>[number];

const post = (decision: object) => ingestion.post(recordDecision.path, decision);
/** Sends a decision as an agent does: with the same id until it is taken. */
const surely = (decision: object) =>
  until<Answer>('the decision is taken', async () => {
    const answer = await post(decision);
    return answer.status === 503 ? null : answer;
  });
/** How often each decision stands in the server's log, counted there. */
const copies = (posted: readonly Decision[]) => {
  const stored = server.log.events.filter(({ type }) => type === 'AGENT_TOOL_SELECTED');
  const ids = stored.map(({ data }) => (JSON.parse(Buffer.from(data).toString('utf8')) as { id: string }).id);
  return posted.map(({ id }) => ids.filter((other) => other === id).length);
};

describe('a decision', () => {
  it.each([
    ['killed and started again', () => server.stop().then(() => server.restart())],
    ['led by another node', async () => server.changeLeader()],
    ['cut off', () => server.dropConnections()],
  ])(
    'is in the log once when its reply was held back, its server %s, and the request sent again',
    async (_, strike) => {
      await surely(decisions(1)[0]!);
      await until('nothing is held of connections that were cut', () => server.repliesHeld() === 0);
      const posted = decisions(64);
      server.holdReplies(300);
      const first = Promise.all(posted.map(post));
      await until('some are stored', () => server.repliesHeld() > 0);
      await strike();
      server.holdReplies(0);
      expect((await first).filter(({ status }) => status === 503).length).toBeGreaterThan(0);
      const again = await Promise.all(posted.map(surely));
      expect(again.every(({ status }) => status === 200 || status === 201)).toBe(true);
      expect(copies(posted)).toEqual(posted.map(() => 1));
    },
  );

  it('is in the log once when a whole batch of it was stored without an answer', async () => {
    await surely(decisions(1)[0]!);
    await until('nothing is held of connections that were cut', () => server.repliesHeld() === 0);
    const posted = decisions(200);
    const batch = () => ingestion.post(recordDecisions.path, posted);
    server.holdReplies(60_000);
    const first = batch();
    await until('they are stored', () => server.repliesHeld() > 0);
    await server.restart();
    server.holdReplies(0);
    expect((await first).status).toBe(503);
    const again = await until('the batch is taken', async () => {
      const answer = await batch();
      return answer.status === 503 ? null : answer;
    });
    expect(again.body).toMatchObject({ rejected: 0 });
    expect(copies(posted)).toEqual(posted.map(() => 1));
  });

  it('that was stored without an answer keeps its id from another decision, in its own stream and in another', async () => {
    const [decision] = decisions(1) as [Decision];
    await surely(decisions(1)[0]!);
    server.holdReplies(60_000);
    const lost = post(decision);
    await until('it is stored', () => server.repliesHeld() > 0);
    await server.restart();
    server.holdReplies(0);
    expect((await lost).status).toBe(503);
    const other = await surely({ ...decision, context: { query: 'something else' } });
    expect([other.status, other.body.code ?? other.body.type]).toEqual([409, expect.stringContaining('id-conflict')]);
    const elsewhere = await surely({ ...decision, agent_id: 'another-agent' });
    expect(elsewhere.status).toBe(409);
    expect((await surely(decision)).status).toBe(200);
    expect(copies([decision])).toEqual([1]);
  });

  it('leaves its id to another one when it was never stored', async () => {
    const [decision] = decisions(1) as [Decision];
    await surely(decisions(1)[0]!);
    server.delay(60_000);
    const lost = post(decision);
    await until('the server has it', () => server.delayed() > 0);
    await server.restart();
    server.delay(0);
    expect((await lost).status).toBe(503);
    expect((await surely({ ...decision, context: { query: 'something else' } })).status).toBe(201);
    expect((await surely(decision)).status).toBe(409);
    expect(copies([decision])).toEqual([1]);
  });

  it('is recorded once and answered for twice when it is sent twice at the same moment', async () => {
    const posted = decisions(40);
    const answers = await Promise.all([...posted, ...posted].map(surely));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(40);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(40);
    expect(copies(posted)).toEqual(posted.map(() => 1));
  });

  it('may be spelled otherwise when it is sent again', async () => {
    const [decision] = decisions(1) as [Decision];
    expect((await surely(decision)).status).toBe(201);
    const { id, ...rest } = decision;
    expect((await surely({ ...rest, id })).status).toBe(200);
    expect(copies([decision])).toEqual([1]);
  });

  it('waits for a server that is frozen, and is there once afterwards', async () => {
    const posted = decisions(30);
    await surely(decisions(1)[0]!);
    server.freeze();
    const answers = Promise.all(posted.map(post));
    await new Promise((resolve) => setImmediate(resolve));
    server.thaw();
    expect((await answers).every(({ status }) => status === 201)).toBe(true);
    expect(copies(posted)).toEqual(posted.map(() => 1));
  });
});
