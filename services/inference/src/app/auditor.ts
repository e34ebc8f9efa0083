import { setTimeout as delay } from 'node:timers/promises';
import type { DecisionInput, ToolDefinition } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import {
  isFault,
  nameBasedId,
  type Call,
  type Clock,
  type JsonObject,
  type JsonValue,
  type NewId,
} from '@retort/kernel';
import { recordEvent, type Loop, type ServiceContext, type Spool, type Trace } from '@retort/service-kit';
import type { Audit, AuditTable } from './audits.ts';
import { isWrong, keyOf, monitorOf, withdrawnEvent, type HeldTo, type Monitor } from '../domain/audit.ts';
import type { PredictionMetrics } from './metrics.ts';
import type { Shadow } from './challenge.ts';
import type { LoadedModel } from './models.ts';
import type { OwnAnswers } from './own-answers.ts';
import type { Teacher } from './teacher.ts';

export interface ServedAnswer {
  loaded: LoadedModel;
  trace: Trace;
  agent: string | undefined;
  context: JsonObject;
  tools: readonly ToolDefinition[];
  calls: readonly Call[];
  /** Audited along with it. */
  shadow?: Shadow | undefined;
  /** Told of the tokens that the teacher took. */
  paid(tokens: { promptTokens: number; completionTokens: number }): void;
}

/** Asks the teacher, too, for a random share of what the student serves, and takes slices away from a student that audits
 *  refute. */
export interface Auditor {
  /** Whether a slice of such an answer was withdrawn. */
  isWithdrawn(loaded: LoadedModel, answer: { tool: string | null; agent: string | undefined }): boolean;
  /** An answer was served. Returns at once; an audit goes on beside. */
  served(answer: ServedAnswer): void;
  /** The teacher answered what was left to it. What a shadow would have served is compared as often as what is served is
   *  audited, so that its audits represent all of it. */
  left(answer: { shadow: Shadow; agent: string | undefined; calls: readonly Call[] }): void;
  /** Counts an audit that was kept; the same one again changes nothing. */
  count(kept: KeptAudit): Promise<void>;
  /** Takes notice of what other replicas, or this one before it began again, withdrew of what serves. */
  refresh(): Promise<void>;
  /** Puts withdrawals on the record. */
  loop: Loop;
  /** Waits for the audits under way. */
  close(): Promise<void>;
}

/** An audit on its way into the table, with what the version was held to when it was made. */
export type KeptAudit = Omit<Audit, 'at' | 'agent'> & { agent: string | null; at: string; heldTo: HeldTo };

/** A decision of the teacher on its way to the record. */
export interface AuditedDecision {
  tenant: string;
  trace: Trace;
  decision: DecisionInput & { id: string };
}

export interface AuditorPorts {
  table: AuditTable;
  /** Where it is remembered which decisions are audits. */
  answers: Pick<OwnAnswers, 'audited'>;
  /** Puts it on the record as agents do, once ingestion is there. */
  record(audited: AuditedDecision): Promise<void>;
  /** Where audits wait for the table: what the teacher was paid for is not lost while the database is away. */
  spool: Pick<Spool, 'append'>;
  /** Absent: nobody can be asked, so nothing is audited. */
  teacher: Teacher | undefined;
  /** π. */
  share: number;
  /** Uniform in [0, 1), drawn independently of everything that is answered. */
  random(): number;
  events: EventStore;
  clock: Clock;
  newId: NewId;
  metrics: PredictionMetrics;
  log: ServiceContext<unknown>['log'];
}

const pollIntervalMs = 250;
/** A teacher that is slow makes audits fewer, never requests slower or memory fuller. */
const underWayAtMost = 64;
/** Namespace of the events' ids. */
const withdrawals = '0b6c3d3e-52f6-5f0e-9d6a-8f0f5f0c7a21';

export function auditor(ports: AuditorPorts): Auditor {
  const { table, spool, teacher, share, random, clock, newId, metrics, log } = ports;
  const withdrawn = new Map<string, Set<string>>();
  const monitors = new WeakMap<LoadedModel, Monitor>();
  const underWay = new Set<Promise<void>>();

  function monitorFor(loaded: LoadedModel): Monitor {
    const monitor = monitors.get(loaded) ?? monitorOf(loaded.student.card);
    monitors.set(loaded, monitor);
    return monitor;
  }

  function withdraw(version: { tenant: string; model: string; modelVersion: string }, slice: string): void {
    const key = versionKey(version);
    const slices = withdrawn.get(key) ?? new Set();
    withdrawn.set(key, slices.add(slice));
  }

  async function audit(served: ServedAnswer, ask: Teacher): Promise<void> {
    const { loaded, agent, context, tools, calls, shadow, paid } = served;
    const answer = await ask({ context, tools, parallelCalls: true });
    paid(answer);
    await compare({ loaded, calls }, { agent, teacher: answer.calls });
    const besides = shadow?.();
    if (besides) await compare(besides, { agent, teacher: answer.calls });
    await recordAnswer(served, answer);
  }

  async function compare(
    { loaded, calls }: Pick<ServedAnswer, 'loaded' | 'calls'>,
    { agent, teacher }: { agent: string | undefined; teacher: readonly Call[] },
  ): Promise<void> {
    const { tenant, model, modelVersion } = loaded;
    const wrong = isWrong(calls, teacher);
    metrics.audited(model, wrong ? 'wrong' : 'right');
    const { guarantee, slices } = loaded.student.card;
    const heldTo = {
      guarantee: { target: guarantee.target, confidence: guarantee.confidence },
      ...(slices && { slices }),
    };
    const kept: KeptAudit = {
      id: newId(),
      tenant,
      model,
      modelVersion,
      tool: calls[0]?.tool ?? null,
      agent: agent ?? null,
      probability: share,
      wrong,
      at: clock().toISOString(),
      heldTo,
    };
    await spool.append([{ id: kept.id, kind: 'audit', data: JSON.parse(JSON.stringify(kept)) as JsonValue }]);
  }

  function beside(model: string, work: Promise<void>): void {
    const auditing = work
      .catch((error: unknown) => {
        metrics.audited(model, 'failed');
        if (!isFault(error, 'predictions.teacher-unavailable')) log.error({ err: error, model }, 'an audit failed');
      })
      .finally(() => underWay.delete(auditing));
    underWay.add(auditing);
  }

  /** The teacher's answer is drawn at random from what is served: with the requests that the student leaves to the teacher, thinned
   *  alike, such decisions still represent the traffic. An agent that does not say who it is has no history to put it in. */
  async function recordAnswer(
    { loaded: { tenant }, trace, agent, context, tools }: ServedAnswer,
    answer: Awaited<ReturnType<Teacher>>,
  ): Promise<void> {
    if (agent === undefined) return;
    const id = `audit-${newId()}`;
    await ports.answers.audited({ tenant, id });
    const decision = {
      id,
      agent_id: agent,
      context,
      tools_available: [...tools],
      teacher_model: answer.model,
      exchange: {
        prompt_tokens: answer.promptTokens,
        completion_tokens: answer.completionTokens,
        is_audit: true,
      },
      tool_calls: answer.calls.flatMap(({ tool, parameters }) => (tool === null ? [] : [{ tool, parameters }])),
    };
    await ports.record({ tenant, trace, decision });
  }

  return {
    isWithdrawn(loaded, answer) {
      const slices = withdrawn.get(versionKey(loaded));
      if (!slices) return false;
      return monitorFor(loaded)
        .slicesOf(answer)
        .some((slice) => slices.has(keyOf(slice)));
    },
    served(answer) {
      if (!teacher || random() >= share) return;
      const { model } = answer.loaded;
      if (underWay.size >= underWayAtMost) return metrics.audited(model, 'dropped');
      beside(model, audit(answer, teacher));
    },
    left({ shadow, agent, calls }) {
      if (random() >= share) return;
      const besides = shadow();
      if (besides) beside(besides.loaded.model, compare(besides, { agent, teacher: calls }));
    },
    async count({ heldTo, agent, at, ...kept }) {
      const audit = { ...kept, agent: agent ?? undefined, at: new Date(at) };
      for (const slice of await table.count(audit, monitorOf(heldTo))) withdraw(audit, keyOf(slice));
    },
    async refresh() {
      for (const { slice, ...version } of await table.withdrawn()) withdraw(version, keyOf(slice));
    },
    loop: {
      name: 'withdrawals',
      async run(signal) {
        while (!signal.aborted) {
          for (const withdrawal of await table.unannounced()) {
            if (!(await isAnnounced(ports, withdrawal))) break;
            await table.announced(withdrawal);
          }
          await delay(pollIntervalMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
    close: async () => void (await Promise.all(underWay)),
  };
}

/** False while the event store is away: the table keeps what is to be announced, and answers go on. */
async function isAnnounced(...[ports, withdrawal]: Parameters<typeof announce>): Promise<boolean> {
  try {
    await announce(ports, withdrawal);
    return true;
  } catch (error) {
    if (isFault(error) && error.detail.retriable) return false;
    throw error;
  }
}

/** Recording it again is the same event. */
async function announce(
  context: Pick<AuditorPorts, 'events' | 'clock' | 'newId'>,
  withdrawal: Parameters<AuditTable['announced']>[0],
): Promise<void> {
  const { tenant, model, modelVersion, slice } = withdrawal;
  const id = nameBasedId(withdrawals, JSON.stringify([tenant, model, modelVersion, keyOf(slice)]));
  await recordEvent(context, {
    type: 'SLICE_WITHDRAWN',
    id,
    tenant,
    aggregateId: model,
    trace: { correlationId: id, causationId: null },
    data: withdrawnEvent(withdrawal),
  });
}

function versionKey({ tenant, model, modelVersion }: { tenant: string; model: string; modelVersion: string }): string {
  return JSON.stringify([tenant, model, modelVersion]);
}
