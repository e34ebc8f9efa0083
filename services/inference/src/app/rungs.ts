import { hash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RequestsChanged, ServingRungChanged } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault, type Clock, type JsonObject, type NewId } from '@retort/kernel';
import { recordEvent, type Loop, type ServiceContext, type Spool } from '@retort/service-kit';
import {
  compareRequest,
  deltaOf,
  keptTraffic,
  observedTraffic,
  type KeptTraffic,
  type ObservedTraffic,
} from '../domain/observed-traffic.ts';
import { rungEvent, rungFor, type Asking } from '../domain/rung.ts';
import { countRequest } from '../domain/traffic-of-keys.ts';
import type { VersionReference } from './audits.ts';
import type { LoadedModel } from './models.ts';

/** By which rung of its ladder each version serves: it follows the traffic by itself, without labels. */
export interface Rungs {
  /** The share of never-seen requests to withstand; null: the teacher answers. */
  shareFor(loaded: LoadedModel, asking: Asking): number | null;
  /** A request of the traffic was scored. The same context with the same key, while it is remembered, counts once. */
  scored(loaded: LoadedModel, request: Asking & { context: JsonObject; novelty: number }): void;
  /** What is known of the requests of a version. */
  observed(loaded: LoadedModel): ObservedTraffic;
  /** Takes up what was known of versions before the process began; before they serve. */
  restore(versions: readonly VersionReference[]): Promise<void>;
  /** Keeps what is known, for the process that begins next. */
  keep(): Promise<void>;
  /** Puts changes on the record. */
  loop: Loop;
}

export interface TrafficTable {
  read(version: VersionReference): Promise<KeptTraffic | undefined>;
  keep(version: VersionReference, kept: KeptTraffic): Promise<void>;
}

interface Observed {
  version: VersionReference;
  traffic: ObservedTraffic;
  isKept: boolean;
}

const pollMs = 250;
/** Turns of the loop between two times that what is known is kept. */
const turnsPerKeep = 8;
type Context = { events: EventStore; clock: Clock; newId: NewId };

/** A change on its way to the record. */
export type KeptChange = { id: string; tenant: string; at: string } & (
  { type: 'SERVING_RUNG_CHANGED'; data: ServingRungChanged } | { type: 'REQUESTS_CHANGED'; data: RequestsChanged }
);

/** Puts a change on the record; the same one again changes nothing. */
export async function recordRung(context: Context, { id, tenant, at, ...event }: KeptChange): Promise<void> {
  const trace = { correlationId: id, causationId: null };
  await recordEvent(context, { id, tenant, aggregateId: event.data.model, occurredAt: at, trace, ...event });
}

/** @param context `spool`: where changes wait for the record, which may be away */
export function servingRungs(context: {
  spool: Pick<Spool, 'append'>;
  table: TrafficTable;
  clock: Clock;
  newId: NewId;
  log: ServiceContext<unknown>['log'];
}): Rungs {
  const observed = new Map<string, Observed>();
  /** The same, by what serves: found without writing its key. */
  const ofLoaded = new WeakMap<LoadedModel, Observed>();
  const kept = new Map<string, KeptTraffic | undefined>();
  const changes: KeptChange[] = [];

  function entryOf(loaded: LoadedModel): Observed {
    const found = ofLoaded.get(loaded);
    if (found) return found;
    const key = keyOf(loaded);
    const { tenant, model, modelVersion } = loaded;
    const known = observed.get(key) ?? {
      version: { tenant, model, modelVersion },
      traffic: observedTraffic(loaded.student.card, { label: key, kept: kept.get(key) }),
      isKept: true,
    };
    observed.set(key, known);
    ofLoaded.set(loaded, known);
    return known;
  }

  function change({ tenant }: LoadedModel, what: Pick<KeptChange, 'type' | 'data'>): void {
    changes.push({ id: context.newId(), at: context.clock().toISOString(), tenant, ...what } as KeptChange);
  }

  /** False where there is no room: the change stays here, and answers go on. */
  async function keepChange(change: KeptChange): Promise<boolean> {
    try {
      await context.spool.append([{ id: change.id, kind: 'change', data: { ...change, data: { ...change.data } } }]);
      return true;
    } catch (error) {
      if (isFault(error, 'spool.full')) return false;
      throw error;
    }
  }

  /** While the database is away nothing is lost but what a process that ends meanwhile knew. */
  async function keep(): Promise<void> {
    for (const entry of observed.values()) {
      if (entry.isKept) continue;
      entry.isKept = true;
      try {
        await context.table.keep(entry.version, keptTraffic(entry.traffic));
      } catch (error) {
        entry.isKept = false;
        context.log.warn({ err: error }, 'what is known of requests could not be kept');
        return;
      }
    }
  }

  return {
    shareFor: (loaded, asking) => rungFor(entryOf(loaded).traffic, asking),
    scored(loaded, { context, ...request }) {
      const entry = entryOf(loaded);
      const known = entry.traffic;
      if (!known.recent.isNew(hash('sha256', JSON.stringify([request.key, context]), 'base64'))) return;
      entry.isKept = false;
      const { card } = loaded.student;
      if (compareRequest(known, request.novelty)) {
        const { model, modelVersion: model_version } = loaded;
        const { requests } = known.test!.state();
        const critical = 1 / deltaOf(card);
        change(loaded, {
          type: 'REQUESTS_CHANGED',
          data: { model, model_version, requests, evidence: known.evidence, critical },
        });
      }
      for (const { of, ...changed } of countRequest(known, request, card))
        change(loaded, { type: 'SERVING_RUNG_CHANGED', data: rungEvent({ ...loaded, ...of }, changed) });
    },
    observed: (loaded) => entryOf(loaded).traffic,
    async restore(versions) {
      for (const version of versions) {
        const key = keyOf(version);
        if (kept.has(key) || observed.has(key)) continue;
        kept.set(key, await context.table.read(version));
      }
    },
    keep,
    loop: {
      name: 'rungs',
      async run(signal) {
        for (let turn = 0; !signal.aborted; turn++) {
          if (turn % turnsPerKeep === turnsPerKeep - 1) await keep();
          for (let change = changes[0]; change && (await keepChange(change)); change = changes[0]) changes.shift();
          await delay(pollMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
  };
}

function keyOf({ tenant, model, modelVersion }: VersionReference): string {
  return JSON.stringify([tenant, model, modelVersion]);
}
