import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, NewId } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import { ensureTables, traced, type Loop } from '@retort/service-kit';
import type { Logger } from 'pino';
import type { AgentDefinition, Run, Wake } from './agent.ts';
import { acquireLease, releaseLease, renewLease, type Lease } from './lease.ts';
import { runAgent, type Failure } from './run-agent.ts';
import { closeInterrupted, openRun, updateRun, type InterruptedRun, type RunUpdate } from './runs.ts';
import { nextDue, type Schedule } from './schedule.ts';
import { agentTables } from './tables.ts';
import { leaveWake, takeWake, type PendingWake } from './wakes.ts';

export interface AgentHosting {
  /** The service's own context. */
  context: { db: Database; log: Logger; clock: Clock; newId: NewId };
  /** Runs by itself, for each of these tenants. */
  schedule?: Schedule & { tenants: () => Promise<readonly string[]> };
  /** How long a replica that fell silent keeps the lease; 15 000 when absent. It is renewed three times within. */
  leaseMs?: number;
  /** How often it looks for wakes that other replicas left; 1 000 when absent. */
  pollMs?: number;
  /** A run that failed, but may succeed later, is tried so often in all; 5 when absent. */
  attempts?: number;
  /** Before the second attempt, doubled for each further one; 1 000 when absent. */
  retryMs?: number;
}

export interface HostedAgent {
  name: string;
  db: Database;
  /** Wakes it. Given a transaction, the wake stands or falls with it. */
  wake(wake: Wake, where?: Queryable): Promise<void>;
  /** For the service's `loops`. */
  loop: Loop;
  /** Resolves when the tables are there. */
  prepared(): Promise<void>;
}

/** Hosts an agent in its service: under a lease, so that one replica acts; woken by its schedule, by events or by hand;
 *  leaving a record of every run. */
export function hostAgent<Perception, Decision>(
  agent: AgentDefinition<Perception, Decision>,
  options: AgentHosting,
): HostedAgent {
  const { context, leaseMs = 15_000, pollMs = 1_000, attempts = 5, retryMs = 1_000, schedule } = options;
  const { db, clock, newId } = context;
  const log = context.log.child({ agent: agent.name });
  const holder = randomUUID();
  let nudge = new AbortController();
  let preparing: Promise<void> | undefined;
  const prepared = () => (preparing ??= ensureTables(db, 'agents', agentTables).catch(prepareAgain));
  /** A database that was down when it was first asked must not keep the agent down for good. */
  const prepareAgain = (error: unknown) => {
    preparing = undefined;
    throw error;
  };

  /** Waits until somebody in this process wakes the agent, or it is time to look. */
  async function rest(signal: AbortSignal): Promise<void> {
    await delay(pollMs, undefined, { signal: AbortSignal.any([signal, nudge.signal]) }).catch(() => undefined);
    if (nudge.signal.aborted) nudge = new AbortController();
  }

  async function runOnce(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const id = newId();
    const startedAt = clock();
    const wake = await db.transaction(async (transaction) => {
      const taken = await takeWake(transaction, agent.name);
      if (taken) await openRun(transaction, { id, lease, wake: taken, startedAt });
      return taken;
    });
    if (!wake) return false;
    const runLog = traced(log, wake.trace).child({ run: id, tenant: wake.tenant });
    const run: Run = {
      id,
      tenant: wake.tenant,
      wake,
      trace: wake.trace,
      signal,
      startedAt,
      fencingToken: lease.token,
      progress: reportProgress(id, runLog),
    };
    const { state } = await runAgent(agent, run, {
      clock,
      journal: async (update, failure) => {
        if (failure) await failed({ id, wake, update, failure, runLog });
        else await updateRun(db, id, update);
      },
    });
    if (state !== 'failed') runLog.info({ state }, 'an agent ran');
    return true;
  }

  /** The failure and the next attempt are written together: whatever happens in between, neither is without the other. */
  async function failed({ id, wake, update, failure: { error, retriable }, runLog }: FailedRun): Promise<void> {
    const again = retriable && wake.attempt < attempts;
    const afterMs = retryMs * 2 ** (wake.attempt - 1);
    runLog.error({ err: error, attempt: wake.attempt, ...(again ? { again_in_ms: afterMs } : {}) }, 'an agent failed');
    await db.transaction(async (transaction) => {
      // Where another replica has closed the run, that one sees to what is next.
      if ((await updateRun(transaction, id, update)) && again)
        await leaveWake(transaction, agent.name, wake, { attempt: wake.attempt + 1, afterMs });
    });
  }

  function reportProgress(id: string, runLog: Logger): Run['progress'] {
    let reportedAt = 0;
    return (progress) => {
      const now = performance.now();
      if (now - reportedAt < 500) return;
      reportedAt = now;
      updateRun(db, id, { progress }).catch((error: unknown) => {
        runLog.warn({ err: error }, 'progress was not written down');
      });
    };
  }

  /** Leaves the scheduled wakes once they are due. The first time is one period after the agent first came up. */
  async function wakeBySchedule(): Promise<void> {
    if (!schedule) return;
    const now = clock();
    const { rows } = await db.query<{ scheduled_at: Date }>(
      `update agent_leases set scheduled_at = coalesce(scheduled_at, $2) where agent = $1 returning scheduled_at`,
      [agent.name, now],
    );
    const last = rows[0]?.scheduled_at;
    if (!last || nextDue(schedule, last) > now) return;
    const tenants = await schedule.tenants();
    await db.transaction(async (transaction) => {
      for (const tenant of tenants) {
        const trace = { correlationId: newId(), causationId: null };
        await leaveWake(transaction, agent.name, { trigger: 'schedule', tenant, reason: 'it is time', trace });
      }
      await transaction.query('update agent_leases set scheduled_at = $2 where agent = $1', [agent.name, now]);
    });
  }

  async function resumeInterrupted(lease: Lease): Promise<void> {
    await db.transaction(async (transaction) => {
      for (const run of await closeInterrupted(transaction, lease, clock()))
        if (run.attempt < attempts)
          await leaveWake(transaction, agent.name, wakeOf(run), { attempt: run.attempt + 1, afterMs: 0 });
    });
  }

  async function lead(lease: Lease, stop: AbortSignal): Promise<void> {
    const lost = new AbortController();
    const renewal = setInterval(() => {
      renewLease(db, lease, leaseMs).then(
        (ours) => {
          if (!ours) lost.abort(new Error('the lease was lost'));
        },
        (error: unknown) => lost.abort(error),
      );
    }, leaseMs / 3);
    const signal = AbortSignal.any([stop, lost.signal]);
    try {
      await resumeInterrupted(lease);
      while (!signal.aborted) {
        await wakeBySchedule();
        if (!(await runOnce(lease, signal))) await rest(signal);
      }
    } finally {
      clearInterval(renewal);
      await releaseLease(db, lease);
    }
  }

  return {
    name: agent.name,
    db,
    prepared,
    async wake(wake, where = db) {
      await prepared();
      await leaveWake(where, agent.name, wake);
      nudge.abort();
    },
    loop: {
      name: `agent ${agent.name}`,
      async run(signal) {
        await prepared();
        while (!signal.aborted) {
          const lease = await acquireLease(db, { agent: agent.name, holder, leaseMs });
          if (lease) await lead(lease, signal);
          else await rest(signal);
        }
      },
    },
  };
}

interface FailedRun {
  id: string;
  wake: PendingWake;
  update: RunUpdate;
  failure: Failure;
  runLog: Logger;
}

function wakeOf(run: InterruptedRun): Wake {
  const { trigger, tenant, reason, input } = run;
  return {
    trigger,
    tenant,
    reason,
    input,
    trace: { correlationId: run.correlation_id, causationId: run.causation_id },
  };
}
