import type { EventData, Measured, ProductName } from '@retort/contracts';

/** A version of a product as an event announced it. */
export interface AnnouncedVersion {
  product: ProductName;
  version: string;
  digest: string | null;
  rows: number | null;
  quality: Record<string, Measured>;
}

/** An edge of the lineage: `to` was made of `from`. */
export interface LineageStep {
  from: string;
  to: string;
}

export interface Announcement {
  version: AnnouncedVersion | null;
  lineage: LineageStep[];
}

const nodeOf = {
  history: (position: string) => `agent_decision_history@${position}`,
  dataset: (version: string) => `distillation_training_data@${version}`,
  model: (name: string, version: string) => `model:${name}@${version}`,
  evaluation: (id: string) => `evaluation:${id}`,
  prompt: (name: string, version: number) => `prompt:${name}@${version}`,
};

export type Announcing = 'TRAINING_DATA_CURATED' | 'MODEL_TRAINED' | 'MODEL_EVALUATED' | 'PROMPTS_OPTIMIZED';

/** What an event means to the catalog, each type by itself. */
export const announcements: { [Type in Announcing]: (data: EventData<Type>) => Announcement } = {
  TRAINING_DATA_CURATED: ({ dataset_version, digest, rows, quality, log_position }) => ({
    version: { product: 'distillation_training_data', version: dataset_version, digest, rows, quality },
    lineage: [{ from: nodeOf.history(log_position), to: nodeOf.dataset(dataset_version) }],
  }),
  MODEL_TRAINED: ({ model, model_version, dataset_version }) => ({
    version: null,
    lineage: [{ from: nodeOf.dataset(dataset_version), to: nodeOf.model(model, model_version) }],
  }),
  MODEL_EVALUATED: ({ evaluation_id, model, model_version, report }) => ({
    version: {
      product: 'distilled_model_metrics',
      version: evaluation_id,
      digest: null,
      rows: 1,
      quality: {
        tool_agreement: report.tool_agreement,
        call_agreement: report.call_agreement,
        coverage: report.coverage,
        served_tool_agreement: report.served_tool_agreement,
        served_call_agreement: report.served_call_agreement,
      },
    },
    lineage: [{ from: nodeOf.model(model, model_version), to: nodeOf.evaluation(evaluation_id) }],
  }),
  PROMPTS_OPTIMIZED: ({ run_id, prompt, prompt_version, score, baseline }) => ({
    version: {
      product: 'optimization_history',
      version: run_id,
      digest: null,
      rows: 1,
      quality: { score, baseline },
    },
    lineage: [{ from: `optimization_history@${run_id}`, to: nodeOf.prompt(prompt, prompt_version) }],
  }),
};

/** The node at which the lineage of a product, or of one version of it, begins. */
export function rootNode(product: ProductName, version: string | undefined): string {
  if (version === undefined) return product;
  return product === 'distilled_model_metrics' ? nodeOf.evaluation(version) : `${product}@${version}`;
}
