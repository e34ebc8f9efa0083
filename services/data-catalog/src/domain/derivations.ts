import type { EventData, EventType, ProductName } from '@retort/contracts';

/** An edge of the lineage: `to` was made of `from`. */
export interface LineageStep {
  from: string;
  to: string;
}

const nodeOf = {
  history: (position: string) => `agent_decision_history@${position}`,
  dataset: (version: string) => `distillation_training_data@${version}`,
  model: (name: string, version: string) => `model:${name}@${version}`,
  evaluation: (id: string) => `evaluation:${id}`,
  prompt: (name: string, version: number) => `prompt:${name}@${version}`,
};

/** What an event says was made of what, each type by itself. */
export const derivations: { [Type in EventType]?: (data: EventData<Type>) => LineageStep } = {
  TRAINING_DATA_CURATED: ({ dataset_version, log_position }) => ({
    from: nodeOf.history(log_position),
    to: nodeOf.dataset(dataset_version),
  }),
  MODEL_TRAINED: ({ model, model_version, dataset_version }) => ({
    from: nodeOf.dataset(dataset_version),
    to: nodeOf.model(model, model_version),
  }),
  MODEL_EVALUATED: ({ evaluation_id, model, model_version }) => ({
    from: nodeOf.model(model, model_version),
    to: nodeOf.evaluation(evaluation_id),
  }),
  PROMPTS_OPTIMIZED: ({ run_id, prompt, prompt_version }) => ({
    from: `optimization_history@${run_id}`,
    to: nodeOf.prompt(prompt, prompt_version),
  }),
};

/** The node at which the lineage of a product, or of one version of it, begins. */
export function rootNode(product: ProductName, version: string | undefined): string {
  if (version === undefined) return product;
  return product === 'distilled_model_metrics' ? nodeOf.evaluation(version) : `${product}@${version}`;
}
