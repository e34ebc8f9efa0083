import type { Queryable } from '@retort/postgres';
import { readModel } from '@retort/service-kit';
import type { ModelNames } from '../app/model-registry.ts';

export function modelNames(database: Queryable): ModelNames {
  return async (tenant) => {
    const { rows } = await database.query<{ model: string }>(
      'select model from models where tenant = $1 order by model',
      [tenant],
    );
    return rows.map(({ model }) => model);
  };
}

/** The tenant's models by name; what is true of a model stands in its stream. */
export const modelNamesTable = readModel(
  'MODEL_TRAINED',
  async ({ tenant, data: { model } }, transaction) => {
    await transaction.query('insert into models (tenant, model) values ($1, $2) on conflict do nothing', [
      tenant,
      model,
    ]);
  },
  { fills: ['models'] },
);
