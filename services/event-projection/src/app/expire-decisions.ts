import { setTimeout as delay } from 'node:timers/promises';
import { administrationId } from '@retort/contracts';
import { comparePositions, type EventStore, type Position } from '@retort/event-store';
import type { Clock, NewId } from '@retort/kernel';
import { recordEvent, type Loop } from '@retort/service-kit';

/** The oldest rows of a tenant, all recorded before a moment. */
interface Expiring {
  tenant: string;
  rows: number;
  /** Position in the log of the last of them. */
  upTo: Position;
}
export type FindExpiring = (recordedBefore: Date, atMost: number) => Promise<Expiring[]>;

interface ExpireDecisions {
  context: { events: EventStore; clock: Clock; newId: NewId };
  find: FindExpiring;
  /** The position up to which the tables know the log. */
  position(): Promise<Position | null>;
  /** Runs the work while no other process runs it. */
  alone: <Result>(work: () => Promise<Result>) => Promise<Result>;
  days: number;
  onExpired?: (rows: number) => void;
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Of a tenant in one go, and in one transaction of the projection. */
const rowsAtOnce = 5_000;

/** Says in the log which decisions have been kept for long enough: the projection takes them out where it reads that, and so does
 *  a rebuild. What interrupts it, the next process goes on with: what is gone already is found by nobody.
 *  Resolves to how many rows there were. */
export async function expireDecisions(options: ExpireDecisions, signal: AbortSignal): Promise<number> {
  const { context, find, position, days, onExpired } = options;
  const recordedBefore = new Date(context.clock().getTime() - days * dayMs);
  let expired = 0;
  for (;;) {
    const found = await find(recordedBefore, rowsAtOnce);
    for (const { tenant, rows, upTo } of found) {
      await recordEvent(context, {
        type: 'ROWS_EXPIRED',
        tenant,
        aggregateId: administrationId,
        data: { product: 'agent_decision_history', recorded_before: recordedBefore.toISOString(), up_to: upTo, rows },
        trace: { correlationId: context.newId(), causationId: null },
      });
      onExpired?.(rows);
      expired += rows;
    }
    if (found.length === 0 || signal.aborted) return expired;
    const head = await context.events.head();
    // What is still to be taken out must not be found again.
    while (!signal.aborted && head !== null && isBehind(await position(), head)) await pause(100, signal);
  }
}

function isBehind(known: Position | null, head: Position): boolean {
  return known === null || comparePositions(known, head) < 0;
}

export function expiryLoop(options: ExpireDecisions): Loop {
  return {
    name: 'decision-retention',
    async run(signal) {
      while (!signal.aborted) {
        await options.alone(() => expireDecisions(options, signal));
        await pause(hourMs, signal);
      }
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return delay(milliseconds, undefined, { signal }).catch(() => undefined); // ended: whoever waits sees it
}
