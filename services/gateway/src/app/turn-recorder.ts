import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { DecisionInput } from '@retort/contracts';
import { isFault, type NewId } from '@retort/kernel';
import type { Loop, ServiceContext } from '@retort/service-kit';
import type { StoreDecisions } from './ports.ts';
import type { PriceTurn } from './turn-costs.ts';

/** A turn that was answered. */
export interface AnsweredTurn {
  tenant: string;
  /** What it holds in memory, about. */
  bytes: number;
  /** Made when it is stored, beside the requests; null where the answer is no decision, undefined where it was never to be
   *  one. */
  decision(): DecisionInput | null | undefined | Promise<DecisionInput | null | undefined>;
}

export interface TurnRecorder {
  /** Takes a turn and returns. It never throws; a full queue drops the turn, counts it, and says false. */
  record(turn: AnsweredTurn): boolean;
  waiting(): number;
  /** Whether there are turns that were not read to their end yet. */
  isBehind(): boolean;
  loop: Loop;
  /** Stores what waits, or keeps it on disk. */
  close(): Promise<void>;
}

export type RecordingOutcome = 'recorded' | 'in-part' | 'refused' | 'unusable' | 'kept' | 'dropped';

/** Where turns wait while the store is away.
 *  @throws `spool.full` (503) */
export interface KeptTurns {
  keep(tenant: string, decisions: DecisionInput[]): Promise<void>;
}

export interface TurnRecorderPorts {
  store: StoreDecisions;
  spool: KeptTurns;
  price: PriceTurn;
  capacity: { turns: number; bytes: number };
  newId: NewId;
  log: Pick<ServiceContext<unknown>['log'], 'warn'>;
  onOutcome(outcome: RecordingOutcome, turns: number): void;
}

const batchSize = 500;
/** A batch is a transaction, and wakes everybody who follows the log: few large ones leave the processor to the requests. */
const intervalMs = 200;
const sliceMs = 0.5;

/** Records turns beside the requests that made them: a queue in memory, stored in batches; on disk while the store is away. */
export function turnRecorder({
  store,
  spool,
  price,
  capacity,
  newId,
  log,
  onOutcome,
}: TurnRecorderPorts): TurnRecorder {
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
      else if (decision !== undefined) {
        const decisions = byTenant.get(turn.tenant) ?? [];
        decisions.push(decision);
        byTenant.set(turn.tenant, decisions);
      }
      if (performance.now() - began < sliceMs) continue;
      await nextTurn();
      began = performance.now();
    }
    return byTenant;
  }

  async function decisionOf(turn: AnsweredTurn): Promise<DecisionInput | null | undefined> {
    try {
      const decision = await turn.decision();
      return decision && (await price(turn.tenant, decision));
    } catch (error) {
      // Its message may quote the answer; its kind tells enough.
      log.warn({ kind: error instanceof Error ? error.name : typeof error }, 'an answer could not be read');
      return null;
    }
  }

  async function storeBatch(batch: readonly AnsweredTurn[]): Promise<void> {
    for (const [tenant, decisions] of await decisionsOf(batch)) await storeAll(tenant, decisions);
    for (const turn of batch) bytes -= turn.bytes;
  }

  async function storeAll(tenant: string, decisions: DecisionInput[]): Promise<void> {
    try {
      const trace = { correlationId: newId(), causationId: null };
      const { rejected, inPart } = await store({ tenant, trace }, decisions);
      onOutcome('recorded', decisions.length - rejected - inPart);
      if (inPart > 0) onOutcome('in-part', inPart);
      if (rejected > 0) onOutcome('refused', rejected);
    } catch (error) {
      if (isFault(error) && !error.detail.retriable && error.detail.status < 500) {
        log.warn({ err: error, turns: decisions.length }, 'turns were refused');
        return onOutcome('refused', decisions.length);
      }
      await keep(tenant, decisions);
    }
  }

  async function keep(tenant: string, decisions: DecisionInput[]): Promise<void> {
    try {
      await spool.keep(tenant, decisions);
      onOutcome('kept', decisions.length);
    } catch (error) {
      log.warn({ err: error, turns: decisions.length }, 'turns could be kept neither in the store nor on disk');
      onOutcome('dropped', decisions.length);
    }
  }

  return {
    record(turn) {
      if (waiting.length >= capacity.turns || bytes + turn.bytes > capacity.bytes) {
        onOutcome('dropped', 1);
        return false;
      }
      bytes += turn.bytes;
      waiting.push(turn);
      return true;
    },
    waiting: () => waiting.length,
    isBehind: () => bytes > 0,
    loop: {
      name: 'turns',
      async run(signal) {
        while (!signal.aborted) {
          if (waiting.length < batchSize) await delay(intervalMs, undefined, { signal }).catch(() => undefined);
          if (waiting.length > 0) await (storing = storeBatch(take()));
        }
      },
    },
    async close() {
      await storing;
      while (waiting.length > 0) await storeBatch(take());
    },
  };
}
