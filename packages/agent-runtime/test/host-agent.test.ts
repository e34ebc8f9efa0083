import { readFile } from 'node:fs/promises';
import { fault, newId, systemClock, type JsonObject, type JsonValue } from '@retort/kernel';
import { migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import type { Database } from '@retort/postgres';
import { claimRun, createLogger, type Run, type RunContext } from '@retort/service-kit';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  defineAgent,
  hostAgent,
  type AgentHosting,
  type AgentRun,
  type HostedAgent,
  type Trigger,
} from '../src/index.ts';
import type { AgentResult } from '../src/run-agent.ts';
import { acquireLease, releaseLease, renewLease } from '../src/lease.ts';

const log = createLogger({ level: 'silent' });
let database: TestDatabase;
let db: Database;
let events: EventStore;
let stop: AbortController;
let loops: Promise<void>[];
let name: string;

beforeAll(async () => {
  database = await testDatabase();
  db = database.connect();
  const store = database.connect({ schema: 'event_store' });
  await migrateEventStore(store);
  events = postgresEventStore({ db: store });
  await replica(async () => null).prepare();
});
afterAll(async () => {
  await events.close();
  await database.drop();
});
beforeEach(() => {
  stop = new AbortController();
  loops = [];
  name = `agent-${newId()}`;
});
afterEach(async () => {
  stop.abort();
  await Promise.all(loops);
});

const trigger = (reason = 'test', more: Partial<Trigger> = {}): Trigger => ({
  kind: 'event',
  tenant: 'acme',
  reason,
  trace: { correlationId: 'c-1', causationId: newId() },
  ...more,
});
const contextOf = (own: Database): RunContext => ({
  name: 'gardening',
  tracing: { begin: () => null, close: async () => undefined },
  db: own,
  log,
  clock: systemClock,
  newId,
  events,
});
function replica(act: (run: AgentRun) => Promise<JsonValue>, options: Partial<AgentHosting> = {}): HostedAgent {
  const agent = defineAgent<{ input: JsonValue }, { go: true }>({
    name,
    perceive: async (run) => ({ input: run.input }),
    decide: () => ({ decision: { go: true }, why: 'told to' }),
    act: (_decision, run) => act(run),
  });
  return hostAgent(agent, { context: contextOf(db), pollMs: 20, retryMs: 10, ...options });
}
function start(agent: HostedAgent, signal = stop.signal): Promise<void> {
  const running = agent.loop.run(signal);
  loops.push(running);
  return running;
}
type AgentRunRow = Run<JsonObject, AgentResult>;
const runs = (tenant = 'acme') => replica(async () => null).runs.list({ tenant, limit: 50, begun: true });
const runsWhere = (what: string, condition: (found: AgentRunRow[]) => boolean) =>
  until(what, async () => {
    const found = await runs();
    return condition(found) && found;
  });

describe('a hosted agent', () => {
  it('runs when it is triggered, and the record carries the trace of the trigger', async () => {
    const agent = replica(async () => ({ done: 1 }));
    start(agent);
    const given = trigger('a retrain was triggered', { input: { model: 'loan' } });
    await agent.trigger(given);
    const [run] = await runsWhere('it ran', (found) => found[0]?.state === 'succeeded');
    expect(run).toMatchObject({
      trigger: { kind: 'event', reason: 'a retrain was triggered', count: 1 },
      trace: { correlationId: 'c-1', causationId: given.trace.causationId },
      record: { perception: { input: { model: 'loan' } }, decision: { go: true }, why: 'told to' },
      result: { outcome: { done: 1 } },
      error: null,
    });
  });

  it('makes one run of many triggers that came before it got to them', async () => {
    const agent = replica(async () => null);
    for (let n = 0; n < 5; n++) await agent.trigger(trigger(`trigger ${n}`, { input: { [`from${n}`]: n } }));
    start(agent);
    const found = await runsWhere('it ran', (all) => all[0]?.state === 'succeeded');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      trigger: { count: 5, reason: 'trigger 4' },
      record: { perception: { input: { from0: 0, from4: 4 } } },
    });
  });

  it('runs for each tenant apart', async () => {
    const agent = replica(async () => null);
    await agent.trigger(trigger());
    await agent.trigger(trigger('other', { tenant: 'globex' }));
    start(agent);
    await until(
      'both ran',
      async () => (await runs('globex'))[0]?.state === 'succeeded' && (await runs())[0]?.state === 'succeeded',
    );
    expect(await runs()).toHaveLength(1);
  });

  it('is not triggered by a transaction that was rolled back', async () => {
    const agent = replica(async () => null);
    const rolledBack = db.transaction(async (transaction) => {
      await agent.trigger(trigger(), transaction);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(await agent.runs.list({ tenant: 'acme', limit: 50 })).toEqual([]);
  });

  it('records a failure, backs off and tries again', async () => {
    let tried = 0;
    const agent = replica(async () => {
      tried += 1;
      if (tried < 3) throw fault('http.unreachable', { public: 'Later.' });
      return { tried };
    });
    start(agent);
    await agent.trigger(trigger());
    const found = await runsWhere('it succeeded', (all) => all[0]?.state === 'succeeded');
    expect(found.map(({ state, attempt }) => [state, attempt])).toEqual([
      ['succeeded', 3],
      ['failed', 2],
      ['failed', 1],
    ]);
    expect(found[1]!.error).toEqual({ code: 'http.unreachable', message: 'Later.' });
  });

  it('does not try again what cannot succeed', async () => {
    const hopeless = fault('catalog.product-unknown', { public: 'No such product.' });
    const agent = replica(() => Promise.reject(hopeless));
    start(agent);
    await agent.trigger(trigger());
    await runsWhere('it failed', (found) => found[0]?.state === 'failed');
    await agent.trigger(trigger('again'));
    const found = await runsWhere('both failed', (all) => all.filter(({ state }) => state === 'failed').length === 2);
    expect(found.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('acts in one replica at a time', async () => {
    let acting = 0;
    let most = 0;
    const act = async () => {
      acting += 1;
      most = Math.max(most, acting);
      await new Promise((resolve) => setImmediate(resolve));
      acting -= 1;
      return null;
    };
    const replicas = [replica(act), replica(act), replica(act)];
    for (const each of replicas) start(each);
    for (let n = 0; n < 10; n++) {
      await replicas[n % 3]!.trigger(trigger(`trigger ${n}`));
      await runsWhere('it ran', (found) => found.every(({ state }) => state === 'succeeded') && found.length > 0);
    }
    expect(most).toBe(1);
  });

  it('takes up what a replica that died had begun', async () => {
    const first = replica(async () => null);
    await first.trigger(trigger('begun by another'));
    const lease = await acquireLease(db, { agent: name, holder: 'dead', leaseMs: 30 });
    // What a replica leaves behind that was killed in the middle of a run.
    await claimRun(db, { kind: `agent ${name}`, owner: 'dead', clock: systemClock, token: lease!.token });
    start(first);
    const found = await runsWhere('another took over', (all) => all[0]?.state === 'succeeded');
    expect(found.map(({ state, attempt, error }) => [state, attempt, error?.code])).toEqual([
      ['succeeded', 2, undefined],
      ['failed', 1, 'run.interrupted'],
    ]);
    expect(found.map(({ trigger: by }) => by?.reason)).toEqual(['begun by another', 'begun by another']);
  });

  it('runs on its schedule, for every tenant it names', async () => {
    const schedule = { everyMs: 30, tenants: async () => ['acme', 'globex'] };
    start(replica(async () => null, { schedule }));
    await until('it ran for both', async () => (await runs('globex')).length > 0 && (await runs()).length > 0);
    expect((await runs())[0]).toMatchObject({ trigger: { kind: 'schedule', reason: 'it is time' } });
  });

  it('learns through its signal that the lease is gone', async () => {
    let aborted: unknown;
    let acting = false;
    const agent = replica(
      (run) =>
        new Promise((_resolve, reject) => {
          acting = true;
          run.signal.addEventListener('abort', () => {
            aborted = run.signal.reason;
            reject(fault('compute.stopping', { retriable: false, public: 'stopped' }));
          });
        }),
      // Renewed three times within: so much later it notices, and for so long it may be held up before.
      { leaseMs: 9_000 },
    );
    start(agent);
    await agent.trigger(trigger());
    await until('it acts', () => acting);
    await db.query(`update agent_leases set holder = 'usurper', token = token + 1 where agent = $1`, [name]);
    await until('it noticed', () => aborted);
    expect(String(aborted)).toContain('the lease was lost');
  });
});

describe('an agent of an earlier release', () => {
  it('leaves its runs and triggers to the present one', async () => {
    const schema = 'earlier';
    await db.query(`create schema ${schema}`);
    const earlier = database.connect({ schema });
    await earlier.query(await readFile(new URL('earlier-tables.sql', import.meta.url), 'utf8'));
    const agent = replica(async () => null, { context: contextOf(earlier) });
    await earlier.query(`update agent_runs set agent = '${name}'`);
    await earlier.query(`update agent_wakes set agent = '${name}'`);
    await agent.prepare();
    start(agent);
    const found = await until('the trigger became a run', async () => {
      const all = await agent.runs.list({ tenant: 'acme', limit: 10, begun: true });
      return all[0]?.state === 'succeeded' && all.length === 4 && all;
    });
    expect(found.map(({ state, attempt, trigger: by }) => [state, attempt, by!.reason, by!.count])).toEqual([
      ['succeeded', 2, 'left behind', 3],
      ['failed', 1, 'its process ended', 1],
      ['succeeded', 1, 'it is time', 1],
      ['succeeded', 1, 'asked for', 2],
    ]);
    expect(found[2]!.record).toMatchObject({ perception: { dry: 0 }, decision: null, why: 'nothing is dry' });
    expect(found[3]).toMatchObject({ record: { decision: { water: 2 } }, result: { outcome: { watered: 2 } } });
  });
});

describe('a lease', () => {
  it('is held by one, renewed by its holder only, and its token grows with every holder', async () => {
    const ask = (holder: string) => acquireLease(db, { agent: name, holder, leaseMs: 60_000 });
    const first = (await ask('a'))!;
    expect(await ask('b')).toBeNull();
    expect(await renewLease(db, first, 60_000)).toBe(true);
    await releaseLease(db, first);
    const second = (await ask('b'))!;
    expect(second.token).toBe(first.token + 1n);
    expect(await renewLease(db, first, 60_000)).toBe(false);
  });
});

describe('an agent whose database fails it', () => {
  it('does not forget the next attempt when that could not be written down with the failure', async () => {
    let fails = true;
    const agent = replica(async () => {
      if (fails) throw new Error('not yet');
      return null;
    });
    await agent.trigger(trigger());
    await db.query(`create function no_retry() returns trigger language plpgsql as
      $$ begin raise exception 'going down' using errcode = '57P01'; end $$`);
    await db.query(`create trigger no_retry before insert on runs
      for each row when (new.attempt > 1) execute function no_retry()`);
    await expect(agent.loop.run(stop.signal)).rejects.toMatchObject({ code: 'postgres.unavailable' });
    await db.query('drop function no_retry cascade');
    fails = false;
    start(agent);
    const found = await runsWhere('it ran again', (all) => all[0]?.state === 'succeeded');
    expect(found.map(({ state, attempt }) => [state, attempt])).toEqual([
      ['succeeded', 2],
      ['failed', 1],
    ]);
  });
});
