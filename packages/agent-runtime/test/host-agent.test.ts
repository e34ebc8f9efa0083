import { fault, newId, systemClock, type JsonValue } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { createLogger } from '@retort/service-kit';
import { testDatabase, until, type TestDatabase } from '@retort/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineAgent, hostAgent, type AgentHosting, type HostedAgent, type Run, type Wake } from '../src/index.ts';
import { acquireLease, releaseLease, renewLease } from '../src/lease.ts';
import { listRuns, type RunRecord } from '../src/runs.ts';

const log = createLogger({ level: 'silent' });
let database: TestDatabase;
let db: Database;
let stop: AbortController;
let loops: Promise<void>[];
let name: string;

beforeAll(async () => {
  database = await testDatabase();
  db = database.connect();
});
afterAll(() => database.drop());
beforeEach(() => {
  stop = new AbortController();
  loops = [];
  name = `agent-${newId()}`;
});
afterEach(async () => {
  stop.abort();
  await Promise.all(loops);
});

const wake = (reason = 'test', more: Partial<Wake> = {}): Wake => ({
  trigger: 'event',
  tenant: 'acme',
  reason,
  trace: { correlationId: 'c-1', causationId: newId() },
  ...more,
});
function replica(act: (run: Run) => Promise<JsonValue>, options: Partial<AgentHosting> = {}): HostedAgent {
  const agent = defineAgent<{ input: JsonValue }, { go: true }>({
    name,
    perceive: async (run) => ({ input: run.wake.input ?? null }),
    decide: () => ({ decision: { go: true }, why: 'told to' }),
    act: (_decision, run) => act(run),
  });
  const context = { db, log, clock: systemClock, newId };
  return hostAgent(agent, { context, pollMs: 20, retryMs: 10, ...options });
}
function start(agent: HostedAgent, signal = stop.signal): Promise<void> {
  const running = agent.loop.run(signal);
  loops.push(running);
  return running;
}
const runs = (tenant = 'acme') => listRuns(db, { agent: name, tenant, limit: 50, before: null });
const runsWhere = (what: string, condition: (found: RunRecord[]) => boolean) =>
  until(what, async () => {
    const found = await runs();
    return condition(found) && found;
  });

describe('a hosted agent', () => {
  it('runs when it is woken, and the record carries the trace of its waker', async () => {
    const agent = replica(async () => ({ done: 1 }));
    start(agent);
    const woken = wake('a retrain was triggered', { input: { model: 'loan' } });
    await agent.wake(woken);
    const [run] = await runsWhere('it ran', (found) => found[0]?.state === 'succeeded');
    expect(run).toMatchObject({
      trigger: 'event',
      reason: 'a retrain was triggered',
      correlation_id: 'c-1',
      causation_id: woken.trace.causationId,
      perception: { input: { model: 'loan' } },
      decision: { go: true },
      why: 'told to',
      outcome: { done: 1 },
      error: null,
    });
  });

  it('makes one run of many wakes that came before it got to them', async () => {
    const agent = replica(async () => null);
    for (let n = 0; n < 5; n++) await agent.wake(wake(`wake ${n}`, { input: { [`from${n}`]: n } }));
    start(agent);
    const found = await runsWhere('it ran', (all) => all[0]?.state === 'succeeded');
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ wakes: 5, reason: 'wake 4', perception: { input: { from0: 0, from4: 4 } } });
  });

  it('runs for each tenant apart', async () => {
    const agent = replica(async () => null);
    await agent.wake(wake());
    await agent.wake(wake('other', { tenant: 'globex' }));
    start(agent);
    await until(
      'both ran',
      async () => (await runs('globex'))[0]?.state === 'succeeded' && (await runs())[0]?.state === 'succeeded',
    );
    expect(await runs()).toHaveLength(1);
  });

  it('is not woken by a transaction that was rolled back', async () => {
    const agent = replica(async () => null);
    const rolledBack = db.transaction(async (transaction) => {
      await agent.wake(wake(), transaction);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    const { rows } = await db.query('select 1 from agent_wakes where agent = $1', [name]);
    expect(rows).toEqual([]);
  });

  it('records a failure, backs off and tries again', async () => {
    let tried = 0;
    const agent = replica(async () => {
      tried += 1;
      if (tried < 3) throw fault('http.unreachable', { public: 'Later.' });
      return { tried };
    });
    start(agent);
    await agent.wake(wake());
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
    await agent.wake(wake());
    await runsWhere('it failed', (found) => found[0]?.state === 'failed');
    await agent.wake(wake('again'));
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
      await replicas[n % 3]!.wake(wake(`wake ${n}`));
      await runsWhere('it ran', (found) => found.every(({ state }) => state === 'succeeded') && found.length > 0);
    }
    expect(most).toBe(1);
  });

  it('takes up what a replica that died had begun', async () => {
    const first = replica(async () => null);
    await first.wake(wake('begun by another'));
    const lease = await acquireLease(db, { agent: name, holder: 'dead', leaseMs: 30 });
    // What a replica leaves behind that was killed in the middle of a run.
    await db.query(
      `with taken as (delete from agent_wakes where agent = $1 returning *)
       insert into agent_runs (id, agent, tenant, state, trigger, reason, input, wakes, attempt, correlation_id, fencing_token, started_at)
       select $2, agent, tenant, 'running', trigger, reason, input, wakes, attempt, correlation_id, $3, now() - interval '1 minute' from taken`,
      [name, newId(), lease!.token.toString()],
    );
    start(first);
    const found = await runsWhere('another took over', (all) => all[0]?.state === 'succeeded');
    expect(found.map(({ state, attempt, reason }) => [state, attempt, reason])).toEqual([
      ['succeeded', 2, 'begun by another'],
      ['interrupted', 1, 'begun by another'],
    ]);
  });

  it('runs on its schedule, for every tenant it names', async () => {
    const schedule = { everyMs: 30, tenants: async () => ['acme', 'globex'] };
    start(replica(async () => null, { schedule }));
    await until('it ran for both', async () => (await runs('globex')).length > 0 && (await runs()).length > 0);
    expect((await runs())[0]).toMatchObject({ trigger: 'schedule', reason: 'it is time' });
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
    await agent.wake(wake());
    await until('it acts', () => acting);
    await db.query(`update agent_leases set holder = 'usurper', token = token + 1 where agent = $1`, [name]);
    await until('it noticed', () => aborted);
    expect(String(aborted)).toContain('the lease was lost');
  });
});

describe('a lease', () => {
  it('is held by one, renewed by its holder only, and its token grows with every holder', async () => {
    await replica(async () => null).prepared();
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
  it('comes up once it can, though its first look at the database failed', async () => {
    await db.query('create schema later');
    // A table of this name cannot be made now.
    await db.query('create view later.agent_runs as select 1 as taken');
    const later = database.connect({ schema: 'later' });
    const agent = replica(async () => null, { context: { db: later, log, clock: systemClock, newId } });
    await expect(agent.loop.run(stop.signal)).rejects.toThrow();
    await db.query('drop view later.agent_runs');
    start(agent);
    await agent.wake(wake());
    await until('it ran', async () => {
      const [run] = await listRuns(later, { agent: name, tenant: 'acme', limit: 1, before: null });
      return run?.state === 'succeeded';
    });
  });

  it('does not forget the next attempt when that could not be written down with the failure', async () => {
    let fails = true;
    const agent = replica(async () => {
      if (fails) throw new Error('not yet');
      return null;
    });
    await agent.wake(wake());
    await db.query(`create function no_retry() returns trigger language plpgsql as
      $$ begin raise exception 'going down' using errcode = '57P01'; end $$`);
    await db.query(`create trigger no_retry before insert on agent_wakes
      for each row when (new.attempt > 1) execute function no_retry()`);
    await expect(agent.loop.run(stop.signal)).rejects.toMatchObject({ code: 'postgres.unavailable' });
    await db.query('drop function no_retry cascade');
    fails = false;
    start(agent);
    const found = await runsWhere('it ran again', (all) => all[0]?.state === 'succeeded');
    expect(found.map(({ state, attempt }) => [state, attempt])).toEqual([
      ['succeeded', 2],
      ['interrupted', 1],
    ]);
  });
});
