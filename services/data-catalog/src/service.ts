import type { EventType } from '@retort/contracts';
import { defineService, readModel, type ReadModel } from '@retort/service-kit';
import { recordLineage } from './adapters/lineage.ts';
import { recordVersion } from './adapters/versions.ts';
import { config } from './config.ts';
import { derivations } from './domain/derivations.ts';
import { products } from './domain/products.ts';
import { productRoutes } from './http/products.ts';
import { rowRoutes } from './http/rows.ts';
import { versionRoutes } from './http/versions.ts';

export const service = defineService({
  name: 'data-catalog',
  needs: ['database'],
  config,
  migrations: new URL('../migrations', import.meta.url),
  build({ db, http }) {
    return {
      routes: (app) => {
        productRoutes(app, db);
        versionRoutes(app, db);
        rowRoutes(app, { db, http });
      },
      readModels: [...announcing].map(listing),
    };
  },
});

/** The event types that announce a version of a product, or that something was made of something. */
const announcing = new Set([
  ...Object.values(products).flatMap(({ versions }) => versions?.event ?? []),
  ...(Object.keys(derivations) as EventType[]),
]);

/** Lists what an event announces. */
function listing<Type extends EventType>(type: Type): ReadModel {
  return readModel(
    type,
    async (event, transaction) => {
      for (const { description, versions } of Object.values(products))
        if (versions?.event === type)
          await recordVersion(transaction, event, { product: description.name, ...versions.announced(event.data) });
      const step = derivations[type]?.(event.data);
      await recordLineage(transaction, event, step ? [step] : []);
    },
    { fills: ['versions', 'lineage'] },
  );
}
