import { setTimeout as delay } from 'node:timers/promises';
import type { ModelRolloutEnded } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault, nameBasedId, type Clock, type JsonValue, type NewId } from '@retort/kernel';
import { recordEvent, type Loop, type ServiceContext, type Spool } from '@retort/service-kit';
import {
  isChallengers,
  nothingObserved,
  observe,
  tripped,
  trippedBy,
  type Observed,
  type Outcome,
  type Rollout,
} from '../domain/rollout.ts';
import type { AuditTable } from './audits.ts';
import type { Challenger, Models } from './models.ts';

/** What is asked, as far as it says whose request it is. */
export interface Asked {
  tenant: string;
  model: string;
  agent: string | undefined;
  session: string | undefined;
}

/** Who answers while a version challenges what serves, and the guards that take a bad one back. */
export interface Rollouts {
  /** The challenger, where the request is its own. */
  canaryFor(asked: Asked): Challenger | undefined;
  /** The challenger, where it is asked beside what serves. */
  shadowFor(asked: Asked): Challenger | undefined;
  observed(challenger: Challenger, outcome: Outcome): void;
  /** The challenger failed at a request. Which one is nobody's to know: its message may quote it. */
  failed(challenger: Challenger, error: unknown): void;
  figuresOf(challenger: Challenger): Observed;
  /** It cannot be loaded. */
  refuse(challenger: { tenant: string; model: string; rollout: Rollout }): void;
  /** Reads what audits say, and puts what the guards decided on the record. */
  loop: Loop;
}

export interface RolloutPorts {
  models: Pick<Models, 'challenging' | 'challengers'>;
  audits: Pick<AuditTable, 'ofVersion'>;
  spool: Pick<Spool, 'append'>;
  clock: Clock;
  log: Pick<ServiceContext<unknown>['log'], 'warn' | 'error'>;
  /** Uniform in [0, 1). */
  random(): number;
}

/** A revert on its way to the record. */
export type KeptRevert = ModelRolloutEnded & { id: string; tenant: string; at: string };

/** Puts a revert on the record; the same one again changes nothing. */
export async function recordRevert(
  context: { events: EventStore; clock: Clock; newId: NewId },
  { id, tenant, at, ...data }: KeptRevert,
): Promise<void> {
  const trace = { correlationId: id, causationId: null };
  const event = { id, tenant, aggregateId: data.model, occurredAt: at, trace, data };
  await recordEvent(context, { type: 'MODEL_ROLLOUT_ENDED', ...event });
}

const pollMs = 250;
/** Namespace of the events' ids: whichever replica notices, it is one event. */
const reverts = '6a0f5d1c-6d0b-5d0e-8a53-1f3a2d4f8b60';

export function rollouts({ models, audits, spool, clock, log, random }: RolloutPorts): Rollouts {
  const observed = new Map<string, Observed>();
  /** From here on it is asked nothing, whatever the tables say until the event arrives there. */
  const reverted = new Set<string>();
  const waiting: KeptRevert[] = [];

  function challenging({ tenant, model, agent }: Asked, strategy: Rollout['strategy']): Challenger | undefined {
    const challenger = models.challenging(tenant, model);
    if (challenger?.rollout.strategy !== strategy || reverted.has(challenger.rollout.id)) return undefined;
    const { agents } = challenger.rollout;
    return agents === null || (agent !== undefined && agents.includes(agent)) ? challenger : undefined;
  }

  const figuresOf = ({ rollout }: Challenger) => observed.get(rollout.id) ?? nothingObserved(rollout.guards);

  function revert(
    { tenant, model, rollout }: { tenant: string; model: string; rollout: Rollout },
    ended: Pick<ModelRolloutEnded, 'guard' | 'reason' | 'figures'>,
  ): void {
    if (reverted.has(rollout.id)) return;
    reverted.add(rollout.id);
    const { id: rollout_id, modelVersion: model_version } = rollout;
    log.warn({ tenant, model, model_version, guard: ended.guard }, 'a guard takes a challenger back');
    waiting.push({
      id: nameBasedId(reverts, rollout_id),
      tenant,
      at: clock().toISOString(),
      rollout_id,
      model,
      model_version,
      outcome: 'reverted',
      ...ended,
    });
  }

  async function readAudits(challenger: Challenger): Promise<void> {
    const { loaded, rollout } = challenger;
    if (reverted.has(rollout.id)) return;
    const refuted = (await audits.ofVersion(loaded)).find(({ needed }) => needed !== null);
    if (!refuted) return;
    const what = 'audited answers were not the teacher’s';
    revert({ ...loaded, rollout }, tripped('agreement', { ...refuted, needed: refuted.needed!, what }));
  }

  /** False where there is no room: it stays here, and answers go on. */
  async function keep(ended: KeptRevert): Promise<boolean> {
    try {
      await spool.append([{ id: ended.id, kind: 'revert', data: JSON.parse(JSON.stringify(ended)) as JsonValue }]);
      return true;
    } catch (error) {
      if (isFault(error, 'spool.full')) return false;
      throw error;
    }
  }

  return {
    canaryFor(asked) {
      const challenger = challenging(asked, 'canary');
      if (!challenger) return undefined;
      const { rollout } = challenger;
      const { session } = asked;
      const isIts = session === undefined ? random() * 100 < rollout.percent : isChallengers(rollout, session);
      return isIts ? challenger : undefined;
    },
    shadowFor: (asked) => challenging(asked, 'shadow'),
    observed(challenger, outcome) {
      const { loaded, rollout } = challenger;
      const seen = observe(figuresOf(challenger), outcome, rollout.guards);
      observed.set(rollout.id, seen);
      const guard = trippedBy(seen, rollout.guards);
      if (guard) revert({ ...loaded, rollout }, guard);
    },
    failed({ loaded }, error) {
      const kind = error instanceof Error ? error.name : typeof error;
      log.error({ model: loaded.model, model_version: loaded.modelVersion, kind }, 'a challenger failed at a request');
    },
    figuresOf,
    refuse: (challenger) => revert(challenger, { guard: 'artifact', reason: 'The student could not be loaded.' }),
    loop: {
      name: 'rollouts',
      async run(signal) {
        while (!signal.aborted) {
          for (const challenger of models.challengers()) await readAudits(challenger);
          for (let ended = waiting[0]; ended && (await keep(ended)); ended = waiting[0]) waiting.shift();
          await delay(pollMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
  };
}
