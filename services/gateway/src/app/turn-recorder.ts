import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { DecisionInput } from '@retort/contracts';
import { isFault, type NewId } from '@retort/kernel';
import type { Loop, ServiceContext } from '@retort/service-kit';
import type { StoreDecisions } from './ports.ts';

/** A turn that was answered. */
export interface AnsweredTurn {
  tenant: string;
  /** What it holds in memory, about. */
  bytes: number;
  /** Made when it is stored, beside the requests; null where the answer is no decision. */
  decision(): DecisionInput | null | Promise<DecisionInput | null>;
}

export interface TurnRecorder {
  /** Takes a turn and returns. It never throws; a full queue drops the turn, and counts it. */
  record(turn: AnsweredTurn): void;
  waiting(): number;
  loop: Loop;
  /** Stores what waits; what cannot be stored within the time is dropped, and counted. */
  close(): Promise<void>;
}

export type RecordingOutcome = 'recorded' | 'refused' | 'unusable' | 'dropped';

export interface TurnRecorderOptions {
  store: StoreDecisions;
  capacity: { turns: number; bytes: number };
  newId: NewId;
  log: Pick<ServiceContext<unknown>['log'], 'warn'>;
  onOutcome(outcome: RecordingOutcome, turns: number): void;
}

const batchSize = 500;
const intervalMs = 100;
const sliceMs = 0.5;
const longestPauseMs = 5_000;
const closingMs = 5_000;

/** Records turns beside the requests that made them: a queue in memory, stored in batches. */
export function turnRecorder({ store, capacity, newId, log, onOutcome }: TurnRecorderOptions): TurnRecorder {
  let waiting: AnsweredTurn[] = [];
  let bytes = 0;
  let storing: Promise<unknown> = Promise.resolve();

  function take(): AnsweredTurn[] {
    const batch = waiting.slice(0, batchSize);
    waiting = waiting.slice(batch.length);
    return batch;
  }

  /** The event loop gets its turn every half a millisecond. */
  async function decisionsOf(batch: readonly AnsweredTurn[]): Promise<Map<string, DecisionInput[]>> {
    const byTenant = new Map<string, DecisionInput[]>();
    let began = performance.now();
    for (const turn of batch) {
      const decision = await decisionOf(turn);
      if (decision === null) onOutcome('unusable', 1);
      else byTenant.set(turn.tenant, [...(byTenant.get(turn.tenant) ?? []), decision]);
      if (performance.now() - began < sliceMs) continue;
      await nextTurn();
      began = performance.now();
    }
    return byTenant;
  }

  async function decisionOf(turn: AnsweredTurn): Promise<DecisionInput | null> {
    try {
      return await turn.decision();
    } catch (error) {
      // Its message may quote the answer; its kind tells enough.
      log.warn({ kind: error instanceof Error ? error.name : typeof error }, 'an answer could not be read');
      return null;
    }
  }

  async function storeBatch(batch: readonly AnsweredTurn[], signal: AbortSignal): Promise<void> {
    for (const [tenant, decisions] of await decisionsOf(batch)) await storeAll(tenant, decisions, signal);
    for (const turn of batch) bytes -= turn.bytes;
  }

  async function storeAll(tenant: string, decisions: DecisionInput[], signal: AbortSignal): Promise<void> {
    const trace = { correlationId: newId(), causationId: null };
    for (let pauseMs = intervalMs; ; pauseMs = Math.min(longestPauseMs, 2 * pauseMs)) {
      try {
        const { rejected } = await store({ tenant, trace }, decisions);
        onOutcome('recorded', decisions.length - rejected);
        if (rejected > 0) onOutcome('refused', rejected);
        return;
      } catch (error) {
        const isFinal = isFault(error) && !error.detail.retriable;
        log.warn({ err: error, turns: decisions.length, gives_up: isFinal }, 'turns could not be recorded');
        if (isFinal) return onOutcome('refused', decisions.length);
        if (signal.aborted) return onOutcome('dropped', decisions.length);
        await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  return {
    record(turn) {
      if (waiting.length >= capacity.turns || bytes + turn.bytes > capacity.bytes) return onOutcome('dropped', 1);
      bytes += turn.bytes;
      waiting.push(turn);
    },
    waiting: () => waiting.length,
    loop: {
      name: 'turns',
      async run(signal) {
        while (!signal.aborted) {
          if (waiting.length === 0) await delay(intervalMs, undefined, { signal }).catch(() => undefined);
          else await (storing = storeBatch(take(), signal));
        }
      },
    },
    async close() {
      const signal = AbortSignal.timeout(closingMs);
      await storing.catch(() => undefined);
      while (waiting.length > 0) await storeBatch(take(), signal);
    },
  };
}
