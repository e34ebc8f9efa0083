import { setTimeout as delay } from 'node:timers/promises';
import { isFault, type NewId } from '@retort/kernel';
import type { Loop, Spool } from '@retort/service-kit';
import type { UsageCounter } from '../domain/usage.ts';
import type { Auditor } from './auditor.ts';
import type { Deployments } from './deployments.ts';
import type { Models } from './models.ts';
import type { Rungs } from './rungs.ts';

/** With the way of its event a promotion or a roll-back takes effect well within a second. */
const pollMs = 100;
const storeMs = 2_000;

/** Every replica keeps its models in line with the table, whichever of them received the deployment's event. */
export function reconcileModels(ports: {
  models: Models;
  deployments: Deployments;
  auditor: Pick<Auditor, 'refresh'>;
  rungs: Pick<Rungs, 'restore'>;
  first: () => void;
}): Loop {
  return {
    name: 'models',
    async run(signal) {
      while (!signal.aborted) {
        const wanted = await ports.deployments.all();
        // Before it serves, so that nothing that was withdrawn of a version is served for a moment.
        await ports.auditor.refresh();
        await ports.rungs.restore(
          wanted.flatMap(({ modelVersion, rollout, ...of }) =>
            [modelVersion, rollout?.modelVersion].flatMap((version) =>
              version ? [{ ...of, modelVersion: version }] : [],
            ),
          ),
        );
        await ports.models.reconcile(wanted);
        ports.first();
        await delay(pollMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Keeps what was counted on its way into the table, many predictions in one record; what could not be kept is counted again.
 *  One call at a time: whoever delivers after its own call also delivers what an earlier call had still under way. */
export function usageStore(
  { spool, newId }: { spool: Pick<Spool, 'append'>; newId: NewId },
  usage: UsageCounter,
): () => Promise<void> {
  let earlier: Promise<unknown> = Promise.resolve();
  const store = async () => {
    const counted = usage.drain();
    if (counted.length === 0) return;
    try {
      await spool.append([{ id: newId(), kind: 'usage', data: counted.map((row) => ({ ...row })) }]);
    } catch (error) {
      for (const { tenant, model, day, ...counts } of counted) usage.add({ tenant, model, day }, counts);
      throw error;
    }
  };
  return () => {
    const stored = earlier.then(store);
    earlier = stored.catch(() => undefined);
    return stored;
  };
}

export function storingUsage(store: () => Promise<void>): Loop {
  return {
    name: 'usage',
    async run(signal) {
      while (!signal.aborted) {
        await store().catch((error: unknown) => {
          // Full: it stays counted here, and answers go on.
          if (!isFault(error, 'spool.full')) throw error;
        });
        await delay(storeMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
