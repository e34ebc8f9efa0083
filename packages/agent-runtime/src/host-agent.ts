import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isFault, type JsonObject } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import {
  adoptAgentRuns,
  claimRun,
  endLostRuns,
  ensureTables,
  executeClaimed,
  interruptedCode,
  recordEnd,
  runQueue,
  traced,
  triggerRun,
  type Loop,
  type Run,
  type RunContext,
  type RunExecution,
  type RunQueue,
} from '@retort/service-kit';
import type { AgentDefinition, AgentRun, Trigger } from './agent.ts';
import { acquireLease, releaseLease, renewLease, type Lease } from './lease.ts';
import { runAgent, type AgentResult } from './run-agent.ts';
import { triggerBySchedule } from './schedule-triggers.ts';
import { agentTables } from './tables.ts';

export interface AgentHosting {
  /** The service's own context. */
  context: RunContext;
  /** Runs by itself, for each of these tenants. */
  schedule?: { everyMs: number; tenants: () => Promise<readonly string[]> };
  /** How long a replica that fell silent keeps the lease; 15 000 when absent. It is renewed three times within. */
  leaseMs?: number;
  /** How often it polls for triggers that other replicas left; 1 000 when absent. */
  pollMs?: number;
  /** A run that failed, but may succeed later, is tried so often in all; 5 when absent. */
  attempts?: number;
  /** Before the second attempt, doubled for each further one; 1 000 when absent. */
  retryMs?: number;
}

export type AgentRuns = RunQueue<JsonObject, AgentResult>;

export interface HostedAgent {
  name: string;
  /** Has it run. Given a transaction, the trigger stands or falls with it. */
  trigger(trigger: Trigger, where?: Queryable): Promise<void>;
  runs: AgentRuns;
  /** For the service's `loops`. */
  loop: Loop;
  /** Makes the tables. Once, before anything else. */
  prepare(): Promise<void>;
}

/** Hosts an agent in its service: a queue of runs with a trigger, executed under a lease, so that one replica acts. It is
 *  triggered by its schedule, by events or by hand, and leaves a record of every run. */
export function hostAgent<Perception, Decision>(
  agent: AgentDefinition<Perception, Decision>,
  options: AgentHosting,
): HostedAgent {
  const { context, leaseMs = 15_000, pollMs = 1_000, attempts = 5, retryMs = 1_000, schedule } = options;
  const { db, clock, newId } = context;
  const log = context.log.child({ agent: agent.name });
  const kind = `agent ${agent.name}`;
  const holder = randomUUID();
  const runs = runQueue<JsonObject, AgentResult>({ context, area: 'agents', kind });
  let triggered = new AbortController();

  async function leave(trigger: Trigger, where: Queryable, retry: { attempt?: number; afterMs?: number } = {}) {
    const { kind: triggeredBy, tenant, reason, trace, input = {} } = trigger;
    await triggerRun(where, {
      kind,
      runId: newId(),
      tenant,
      trigger: { kind: triggeredBy, reason },
      trace,
      input,
      createdAt: clock(),
      ...retry,
    });
  }

  /** Waits until somebody in this process triggers the agent, or it is time to poll. */
  async function rest(signal: AbortSignal): Promise<void> {
    await delay(pollMs, undefined, { signal: AbortSignal.any([signal, triggered.signal]) }).catch(() => undefined);
    if (triggered.signal.aborted) triggered = new AbortController();
  }

  /** The failure and the next attempt are written together: whatever happens in between, neither is without the other. */
  async function retry(run: Run<JsonObject, AgentResult>, transaction: Queryable, cause?: unknown): Promise<void> {
    if (run.state !== 'failed' || run.attempt >= attempts || run.trigger === null) return;
    const interrupted = run.error?.code === interruptedCode;
    if (!interrupted && isFault(cause) && !cause.detail.retriable) return;
    const afterMs = interrupted ? 0 : retryMs * 2 ** (run.attempt - 1);
    const { tenant, trace, input, trigger, attempt } = run;
    await leave({ ...trigger, tenant, trace, input }, transaction, { attempt: attempt + 1, afterMs });
  }

  const execution = (lease: Lease): RunExecution<JsonObject, AgentResult> => ({
    context,
    kind,
    ended: retry,
    execute(run, { signal, report, record }) {
      const startedAt = new Date(run.startedAt!);
      const { runId: id, tenant, trigger, input, trace } = run;
      const given = { id, tenant, trigger: trigger!, input, trace, signal, startedAt, fencingToken: lease.token };
      return runAgent(agent, { ...given, progress: report } satisfies AgentRun, { clock, record });
    },
  });

  async function runOnce(lease: Lease, signal: AbortSignal): Promise<boolean> {
    const run = await claimRun<JsonObject, AgentResult>(db, { kind, owner: holder, clock, token: lease.token });
    if (!run) return false;
    const runLog = traced(log, run.trace).child({ run: run.runId, tenant: run.tenant });
    await executeClaimed(execution(lease), { run, owner: holder, log: runLog, stopping: signal });
    return true;
  }

  async function takeOver(lease: Lease): Promise<void> {
    await db.transaction(async (transaction) => {
      await adoptAgentRuns(transaction, { agent: agent.name, kind });
      for (const run of await endLostRuns<JsonObject, AgentResult>(transaction, { clock, kind, token: lease.token })) {
        await retry(run, transaction);
        await recordEnd(context, kind, run);
      }
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
      await takeOver(lease);
      while (!signal.aborted) {
        await triggerBySchedule({ agent: agent.name, schedule, db, clock, newId, leave });
        if (!(await runOnce(lease, signal))) await rest(signal);
      }
    } finally {
      clearInterval(renewal);
      await releaseLease(db, lease);
    }
  }

  return {
    name: agent.name,
    runs,
    async prepare() {
      await runs.prepare();
      await ensureTables(db, 'agents', agentTables);
    },
    async trigger(trigger, where = db) {
      await leave(trigger, where);
      triggered.abort();
    },
    loop: {
      name: `agent ${agent.name}`,
      async run(signal) {
        while (!signal.aborted) {
          const lease = await acquireLease(db, { agent: agent.name, holder, leaseMs });
          if (lease) await lead(lease, signal);
          else await rest(signal);
        }
      },
    },
  };
}
