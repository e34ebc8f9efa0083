import { defineService, on, type Subscription } from '@retort/service-kit';
import { recordLineage } from './adapters/lineage.ts';
import { recordVersion } from './adapters/versions.ts';
import { config } from './config.ts';
import { announcements, type Announcing } from './domain/versions.ts';
import { productRoutes } from './http/products.ts';
import { rowRoutes } from './http/rows.ts';
import { versionRoutes } from './http/versions.ts';

export const service = defineService({
  name: 'data-catalog',
  config,
  migrations: new URL('../migrations', import.meta.url),
  build({ db, http }) {
    return {
      routes: (app) => {
        productRoutes(app, db);
        versionRoutes(app, db);
        rowRoutes(app, { db, http });
      },
      subscriptions: [
        listing('TRAINING_DATA_CURATED'),
        listing('MODEL_TRAINED'),
        listing('MODEL_EVALUATED'),
        listing('PROMPTS_OPTIMIZED'),
      ],
    };
  },
});

/** Lists what an event announces: once, for the offset stands in the same transaction. */
function listing<Type extends Announcing>(type: Type): Subscription {
  return on(type, async (event, transaction) => {
    const { version, lineage } = announcements[type](event.data);
    if (version) await recordVersion(transaction, event, version);
    await recordLineage(transaction, event, lineage);
  });
}
