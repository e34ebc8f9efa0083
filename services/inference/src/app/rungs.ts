import { setTimeout as delay } from 'node:timers/promises';
import type { ServingRungChanged } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault, type Clock, type NewId } from '@retort/kernel';
import { recordEvent, type Loop, type Spool } from '@retort/service-kit';
import { afterRequest, newTraffic, type Traffic } from '@retort/statistics';
import { rungEvent, rungFor } from '../domain/rung.ts';
import type { LoadedModel } from './models.ts';

/** By which rung of its ladder each version serves: it follows the traffic by itself, without labels. */
export interface Rungs {
  /** The share of never-seen requests to withstand; null: the teacher answers. */
  shareFor(loaded: LoadedModel, agent: string | undefined): number | null;
  /** A request of the traffic was scored. */
  scored(loaded: LoadedModel, request: { agent: string | undefined; novelty: number }): void;
  /** Puts changes on the record. */
  loop: Loop;
}

interface Observed {
  all: Traffic;
  byAgent: Map<string, Traffic>;
}

const pollMs = 250;
/** Agents beyond are told by all traffic of the version. */
const agentsAtMost = 1000;

type Context = { events: EventStore; clock: Clock; newId: NewId };

/** A change on its way to the record. */
export type KeptChange = ServingRungChanged & { id: string; tenant: string; at: string };

/** Puts a change on the record; the same one again changes nothing. */
export async function recordRung(context: Context, { id, tenant, at, ...data }: KeptChange): Promise<void> {
  const trace = { correlationId: id, causationId: null };
  const event = { id, tenant, aggregateId: data.model, occurredAt: at, trace, data };
  await recordEvent(context, { type: 'SERVING_RUNG_CHANGED', ...event });
}

/** @param context `spool`: where changes wait for the record, which may be away */
export function servingRungs(context: { spool: Pick<Spool, 'append'>; clock: Clock; newId: NewId }): Rungs {
  const observed = new WeakMap<LoadedModel, Observed>();
  const changes: KeptChange[] = [];

  function observedOf(loaded: LoadedModel): Observed {
    const known = observed.get(loaded) ?? { all: newTraffic(loaded.student.card), byAgent: new Map() };
    observed.set(loaded, known);
    return known;
  }

  function next(loaded: LoadedModel, before: Traffic, request: { agent: string | null; novelty: number }): Traffic {
    const { traffic, choice } = afterRequest(before, request.novelty, loaded.student.card);
    if (choice && choice.rung !== before.rung)
      changes.push({
        id: context.newId(),
        at: context.clock().toISOString(),
        tenant: loaded.tenant,
        ...rungEvent({ ...loaded, agent: request.agent }, { from: before.rung, choice }),
      });
    return traffic;
  }

  /** False where there is no room: the change stays here, and answers go on. */
  async function keep(change: KeptChange): Promise<boolean> {
    try {
      await context.spool.append([{ id: change.id, kind: 'rung', data: { ...change } }]);
      return true;
    } catch (error) {
      if (isFault(error, 'spool.full')) return false;
      throw error;
    }
  }

  return {
    shareFor(loaded, agent) {
      const { all, byAgent } = observedOf(loaded);
      return rungFor(all, agent === undefined ? undefined : byAgent.get(agent));
    },
    scored(loaded, { agent, novelty }) {
      const known = observedOf(loaded);
      known.all = next(loaded, known.all, { agent: null, novelty });
      if (agent === undefined) return;
      const ofAgent = known.byAgent.get(agent);
      if (!ofAgent && known.byAgent.size >= agentsAtMost) return;
      known.byAgent.set(agent, next(loaded, ofAgent ?? newTraffic(loaded.student.card), { agent, novelty }));
    },
    loop: {
      name: 'rungs',
      async run(signal) {
        while (!signal.aborted) {
          for (let change = changes[0]; change && (await keep(change)); change = changes[0]) changes.shift();
          await delay(pollMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
  };
}
