import { setTimeout as delay } from 'node:timers/promises';
import { fault, isFault, type NewId } from '@retort/kernel';
import type { OutcomeInput } from '@retort/contracts';
import type { Loop } from '@retort/service-kit';
import { decisionOfCall } from '../domain/call-id.ts';
import type { CallResult } from '../domain/call-results.ts';
import type { Author } from './ports.ts';

/** Puts on the record what became of a decision.
 *  @throws `decisions.unknown` (404) */
export type ReportOutcome = (
  author: Author,
  decisionId: string,
  outcome: OutcomeInput,
) => Promise<{ id: string; event_id: string; status: 'recorded' | 'duplicate' }>;

/** What became of calls, by the provider's ids of them. */
export interface CallOutcomes {
  /** A turn that is recorded made these calls. */
  made(tenant: string, decisionId: string, callIds: readonly string[]): void;
  /** Reports what a request's dialogue tells of calls, beside the request; each once. */
  told(author: Author, results: readonly CallResult[]): void;
  /** @throws `gateway.call-unknown` (404) */
  report(author: Author, callId: string, outcome: OutcomeInput): ReturnType<ReportOutcome>;
  loop: Loop;
}

interface Waiting {
  tenant: string;
  decisionId: string;
  outcome: OutcomeInput;
  attempts: number;
  /** Milliseconds. */
  due: number;
}

export interface CallOutcomesPorts {
  report: ReportOutcome;
  newId: NewId;
  /** Whether there are turns of which it is not known yet what they call. */
  isBehind(): boolean;
  /** Milliseconds. */
  now(): number;
  onOutcome(outcome: 'recorded' | 'dropped'): void;
}

const callsKept = 100_000;
const mostWaiting = 10_000;
const pollMs = 100;
/** Its decision is on its way to the record. */
const firstMs = 300;
const attemptsAtMost = 8;
const atOnce = 32;
/** How long a call may be unknown that was just made. */
const unreadMs = 5_000;

export function callOutcomes({ report, newId, isBehind, now, onOutcome }: CallOutcomesPorts): CallOutcomes {
  const decisions = new Map<string, string>();
  const reported = new Set<string>();
  let waiting: Waiting[] = [];
  const keyOf = (tenant: string, callId: string) => `${tenant} ${callId}`;
  const decisionFor = (tenant: string, callId: string) =>
    decisionOfCall(callId) ?? decisions.get(keyOf(tenant, callId));

  async function foundFor(tenant: string, callId: string): Promise<string | undefined> {
    const until = now() + unreadMs;
    let found = decisionFor(tenant, callId);
    while (found === undefined && isBehind() && now() < until) {
      await delay(pollMs);
      found = decisionFor(tenant, callId);
    }
    return found;
  }

  async function deliver(one: Waiting): Promise<void> {
    try {
      const trace = { correlationId: newId(), causationId: null };
      await report({ tenant: one.tenant, trace }, one.decisionId, one.outcome);
      onOutcome('recorded');
    } catch (error) {
      const mayPass = isFault(error, 'decisions.unknown') || !isFault(error) || error.detail.status >= 500;
      const attempts = one.attempts + 1;
      if (!mayPass || attempts >= attemptsAtMost) return onOutcome('dropped');
      waiting.push({ ...one, attempts, due: now() + firstMs * 2 ** attempts });
    }
  }

  return {
    made(tenant, decisionId, callIds) {
      for (const callId of callIds) {
        if (decisionOfCall(callId) === decisionId) continue;
        decisions.set(keyOf(tenant, callId), decisionId);
        if (decisions.size > callsKept) decisions.delete(decisions.keys().next().value!);
      }
    },
    told({ tenant }, results) {
      for (const { callId, outcome } of results) {
        const decisionId = decisionFor(tenant, callId);
        const key = keyOf(tenant, callId);
        if (decisionId === undefined || reported.has(key)) continue;
        reported.add(key);
        if (reported.size > callsKept) reported.delete(reported.values().next().value!);
        if (waiting.length >= mostWaiting) onOutcome('dropped');
        else waiting.push({ tenant, decisionId, outcome, attempts: 0, due: now() + firstMs });
      }
    },
    async report(author, callId, outcome) {
      const decisionId = await foundFor(author.tenant, callId);
      if (decisionId === undefined) throw fault('gateway.call-unknown', { public: 'There is no call of this id.' });
      return report(author, decisionId, { call_id: callId, ...outcome });
    },
    loop: {
      name: 'outcomes',
      async run(signal) {
        while (!signal.aborted) {
          const due = waiting.filter((one) => one.due <= now());
          waiting = waiting.filter((one) => one.due > now());
          for (let from = 0; from < due.length; from += atOnce)
            await Promise.all(due.slice(from, from + atOnce).map(deliver));
          await delay(pollMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
  };
}
