import { setTimeout as delay } from 'node:timers/promises';
import type { Loop } from '@retort/service-kit';
import type { UsageCounter } from '../domain/usage.ts';
import type { Auditor } from './auditor.ts';
import type { Deployments } from './deployments.ts';
import type { Models } from './models.ts';
import type { UsageTable } from './usage.ts';

const pollMs = 250;
const storeMs = 2_000;

/** Every replica keeps its models in line with the table, whichever of them received the deployment's event. */
export function reconcileModels(ports: {
  models: Models;
  deployments: Deployments;
  auditor: Pick<Auditor, 'refresh'>;
  first: () => void;
}): Loop {
  return {
    name: 'models',
    async run(signal) {
      while (!signal.aborted) {
        const wanted = await ports.deployments.all();
        // Before it serves, so that nothing that was withdrawn of a version is served for a moment.
        await ports.auditor.refresh();
        await ports.models.reconcile(wanted);
        ports.first();
        await delay(pollMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Adds what was counted to the table, many predictions in one statement; what could not be stored is counted again.
 *  One call at a time: whoever reads after its own call also finds what an earlier call had still under way. */
export function usageStore(table: Pick<UsageTable, 'add'>, usage: UsageCounter): () => Promise<void> {
  let earlier: Promise<unknown> = Promise.resolve();
  const store = async () => {
    const counted = usage.drain();
    try {
      await table.add(counted);
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
        await store();
        await delay(storeMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
