import type { ErasurePart } from '@retort/service-kit';
import type { ModelRegistry } from './model-registry.ts';

/** A model that has learnt from somebody keeps what it learnt: whoever relies on it can see that it did. */
export function flagModels(registry: Pick<ModelRegistry, 'names' | 'handle'>): ErasurePart {
  return {
    step: 'models',
    after: ['datasets'],
    async erase({ tenant, id, steps, trace }) {
      const datasets = new Set(steps.get('datasets')?.versions);
      const models = datasets.size === 0 ? [] : await registry.names(tenant);
      const versions: string[] = [];
      for (const model of models) {
        const { state } = await registry.handle(
          { tenant, model },
          { type: 'FlagErased', model, erasureId: id, datasets },
          trace,
        );
        for (const [version, { erasures }] of state.versions) if (erasures.includes(id)) versions.push(version);
      }
      return { counts: { models: versions.length }, versions };
    },
  };
}
