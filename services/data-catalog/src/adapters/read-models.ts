import { productNames, type EventType } from '@retort/contracts';
import { readModel, type ReadModel } from '@retort/service-kit';
import { derivations } from '../domain/derivations.ts';
import { products } from '../domain/products.ts';
import { recordLineage } from './postgres-lineage.ts';
import { recordVersion } from './postgres-versions.ts';

/** The event types that announce a version of a product, or that something was made of something. */
const announcing = new Set([
  ...Object.values(products).flatMap(({ versions }) => versions?.event ?? []),
  ...(Object.keys(derivations) as EventType[]),
]);

export const readModels: readonly ReadModel[] = [...announcing].map(listing);

/** Lists what an event announces. */
function listing<Type extends EventType>(type: Type): ReadModel {
  return readModel(
    type,
    async (event, transaction) => {
      for (const product of productNames) {
        const { versions } = products[product];
        if (versions?.event === type)
          await recordVersion(transaction, event, { product, ...versions.announced(event.data) });
      }
      const step = derivations[type]?.(event.data);
      await recordLineage(transaction, event, step ? [step] : []);
    },
    { fills: ['versions', 'lineage'] },
  );
}
