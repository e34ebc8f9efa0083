import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@retort/postgres';
import type { Loop } from '@retort/service-kit';
import type { Deployments } from '../adapters/deployments.ts';
import { addUsage } from '../adapters/usage-table.ts';
import type { UsageCounter } from '../domain/usage.ts';
import type { Models } from './models.ts';

const lookEveryMs = 250;
const storeEveryMs = 2_000;

/** Every replica keeps its models in line with the table, whichever of them heard of a deployment. */
export function reconcileModels(ports: { models: Models; deployments: Deployments; first: () => void }): Loop {
  return {
    name: 'models',
    async run(signal) {
      while (!signal.aborted) {
        await ports.models.reconcile(await ports.deployments.all());
        ports.first();
        await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

/** Adds what was counted to the table, many predictions in one statement. What could not be stored is counted again. */
export async function storeUsage(db: Database, usage: UsageCounter): Promise<void> {
  const counted = usage.drain();
  try {
    await addUsage(db, counted);
  } catch (error) {
    for (const { tenant, model, day, ...counts } of counted) usage.add({ tenant, model, day }, counts);
    throw error;
  }
}

export function storingUsage(db: Database, usage: UsageCounter): Loop {
  return {
    name: 'usage',
    async run(signal) {
      while (!signal.aborted) {
        await storeUsage(db, usage);
        await delay(storeEveryMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
