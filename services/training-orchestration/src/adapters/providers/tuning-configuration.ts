import { pointersOf } from '@retort/contracts';
import { fault, type JsonObject } from '@retort/kernel';
import { z } from 'zod';

const settings = z.strictObject({
  base_model: z.string().min(1).optional(),
  method: z.enum(['supervised', 'dpo']).default('supervised'),
  epochs: z.int().positive().max(50).optional(),
  batch_size: z.int().positive().optional(),
  learning_rate_multiplier: z.number().positive().optional(),
  /** DPO: how far the tuned model may go from where it began. */
  beta: z.number().positive().max(2).optional(),
});

export interface TuningConfiguration {
  base_model: string;
  method: 'supervised' | 'dpo';
  hyperparameters: { epochs?: number; batchSize?: number; learningRateMultiplier?: number; beta?: number };
}

/** What a run's configuration means to an endpoint that fine-tunes; what is absent the endpoint chooses.
 *  @throws `training.configuration-invalid` (422) */
export function tuningConfiguration(given: JsonObject = {}, baseModel: string): TuningConfiguration {
  const { data, error } = settings.safeParse(given);
  if (!data)
    throw fault('training.configuration-invalid', {
      public: 'The configuration is not one for fine-tuning.',
      errors: pointersOf(error, settings).map(({ pointer, message }) => ({
        pointer: `/configuration${pointer}`,
        message,
      })),
    });
  const { epochs, batch_size: batchSize, learning_rate_multiplier: learningRateMultiplier, beta } = data;
  return {
    base_model: data.base_model ?? baseModel,
    method: data.method,
    hyperparameters: {
      ...(epochs !== undefined && { epochs }),
      ...(batchSize !== undefined && { batchSize }),
      ...(learningRateMultiplier !== undefined && { learningRateMultiplier }),
      ...(beta !== undefined && { beta }),
    },
  };
}
