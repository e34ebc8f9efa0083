import {
  costAnalysisRow,
  decisionView,
  distilledModelMetric,
  optimizationRun,
  performanceBenchmark,
  trainingRow,
  type DataProduct,
  type EventData,
  type EventType,
  type Measured,
  type ProductName,
} from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { z } from 'zod';

/** A data product in one record: what it holds, where its rows are read, and which event announces its versions. */
export interface Product {
  description: Omit<DataProduct, 'latest_version'>;
  rows: RowSource;
  /** Absent where no event announces versions. */
  versions?: VersionSource;
}

/** Where a product's rows are read: the REST API of the service that owns them. */
export interface RowSource {
  path: string | ((version: string) => string);
  query?: Record<string, string>;
  /** Which moments of time the owner goes back to. */
  moments: readonly ('as_of' | 'recorded_as_of')[];
  /** Whether the owner streams all rows as NDJSON; otherwise they are read a page at a time. */
  streams?: true;
}

/** A version of a product as an event announces it. */
export interface AnnouncedVersion {
  version: string;
  digest: string | null;
  rows: number | null;
  quality: Record<string, Measured>;
}

export interface VersionSource<Type extends EventType = EventType> {
  event: Type;
  announced(data: EventData<Type>): AnnouncedVersion;
}

const announcedBy = <Type extends EventType>(
  event: Type,
  announced: (data: EventData<Type>) => AnnouncedVersion,
): VersionSource<Type> => ({ event, announced });

const both = ['as_of', 'recorded_as_of'] as const;

export const products: Readonly<Record<ProductName, Product>> = {
  agent_decision_history: {
    description: {
      name: 'agent_decision_history',
      title: 'Agent decision history',
      description: 'Every tool selection an agent made: context, tools offered, call, reasoning, outcome, who decided.',
      domain: 'agentic_ai',
      owner: 'ai_team',
      refresh: 'continuous',
      upstream: ['event_store'],
      downstream: ['distillation_training_data', 'distilled_model_metrics'],
      schema: rowSchema(decisionView),
    },
    rows: { path: '/api/v1/decisions', moments: both, streams: true },
  },
  distillation_training_data: {
    description: {
      name: 'distillation_training_data',
      title: 'Distillation training data',
      description:
        'Decisions worth learning from: without duplicates, failures and invalid calls, each with its quality and weight.',
      domain: 'ml_training',
      owner: 'ml_team',
      refresh: 'daily and on trigger',
      upstream: ['agent_decision_history'],
      downstream: ['distilled_model_metrics', 'optimization_history'],
      schema: rowSchema(trainingRow),
    },
    rows: {
      // The version is the one of the moment; what its rows' outcomes were is told by what was known then.
      path: (version) => `/api/v1/datasets/${encodeURIComponent(version)}/rows`,
      moments: ['recorded_as_of'],
      streams: true,
    },
    versions: announcedBy('TRAINING_DATA_CURATED', ({ dataset_version: version, digest, rows, quality }) => ({
      version,
      digest,
      rows,
      quality,
    })),
  },
  distilled_model_metrics: {
    description: {
      name: 'distilled_model_metrics',
      title: 'Distilled model metrics',
      description: 'How students compare with the teacher on decisions they did not learn from.',
      domain: 'ml_ops',
      owner: 'ml_team',
      refresh: 'hourly',
      upstream: ['distillation_training_data', 'performance_benchmarks'],
      downstream: ['deployment', 'feedback'],
      schema: rowSchema(distilledModelMetric),
    },
    rows: { path: '/api/v1/metrics/distilled-model-metrics', moments: both },
    versions: announcedBy('MODEL_EVALUATED', ({ evaluation_id, report }) => ({
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
    })),
  },
  optimization_history: {
    description: {
      name: 'optimization_history',
      title: 'Prompt optimization history',
      description: 'Runs of the prompt optimizer: what was tried, what it scored, which version came of it.',
      domain: 'ml_training',
      owner: 'ml_team',
      refresh: 'per run',
      upstream: ['distillation_training_data'],
      downstream: ['agents'],
      schema: rowSchema(optimizationRun),
    },
    rows: { path: '/api/v1/optimization-runs', query: { state: 'succeeded' }, moments: both },
    versions: announcedBy('PROMPTS_OPTIMIZED', ({ run_id, score, baseline }) => ({
      version: run_id,
      digest: null,
      rows: 1,
      quality: { score, baseline },
    })),
  },
  cost_analysis: {
    description: {
      name: 'cost_analysis',
      title: 'Cost analysis',
      description: 'Who answered how often, student or teacher, and what that took: a row per day and model.',
      domain: 'ml_ops',
      owner: 'ml_team',
      refresh: 'hourly',
      upstream: ['inference', 'teacher_usage'],
      downstream: ['owners'],
      schema: rowSchema(costAnalysisRow),
    },
    rows: { path: '/api/v1/metrics/cost-analysis', moments: both },
  },
  performance_benchmarks: {
    description: {
      name: 'performance_benchmarks',
      title: 'Performance benchmarks',
      description: 'How fast predictions and ingestion were, window by window.',
      domain: 'ml_ops',
      owner: 'ml_team',
      refresh: 'hourly',
      upstream: ['inference', 'ingestion'],
      downstream: ['distilled_model_metrics', 'owners'],
      schema: rowSchema(performanceBenchmark),
    },
    rows: { path: '/api/v1/metrics/performance-benchmarks', moments: both },
  },
};

function rowSchema(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonObject;
}
