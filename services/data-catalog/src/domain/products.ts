import {
  listCostAnalysis,
  listDatasetRows,
  listDecisions,
  listDistilledModelMetrics,
  listPerformanceBenchmarks,
  optimizationRuns,
  type ProductName,
} from '@retort/contracts';
import { announcedBy, type Product } from './product.ts';

export const products: Readonly<Record<ProductName, Product>> = {
  agent_decision_history: {
    about: {
      title: 'Agent decision history',
      description: 'Every tool selection an agent made: context, tools offered, call, reasoning, outcome, who decided.',
      domain: 'agentic_ai',
      owner: 'ai_team',
      refresh: 'continuous',
      upstream: ['event_store'],
      downstream: ['distillation_training_data', 'distilled_model_metrics'],
    },
    rows: { endpoint: listDecisions },
  },
  distillation_training_data: {
    about: {
      title: 'Distillation training data',
      description:
        'Decisions worth learning from: without duplicates, failures and invalid calls, each with its quality and weight.',
      domain: 'ml_training',
      owner: 'ml_team',
      refresh: 'daily and on trigger',
      upstream: ['agent_decision_history'],
      downstream: ['distilled_model_metrics', 'optimization_history'],
    },
    rows: { endpoint: listDatasetRows },
    versions: announcedBy('TRAINING_DATA_CURATED', ({ dataset_version: version, digest, rows, quality }) => ({
      version,
      digest,
      rows,
      quality,
    })),
  },
  distilled_model_metrics: {
    about: {
      title: 'Distilled model metrics',
      description: 'How students compare with the teacher on decisions they did not learn from.',
      domain: 'ml_ops',
      owner: 'ml_team',
      refresh: 'hourly',
      upstream: ['distillation_training_data', 'performance_benchmarks'],
      downstream: ['deployment', 'feedback'],
    },
    rows: { endpoint: listDistilledModelMetrics },
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
    about: {
      title: 'Prompt optimization history',
      description: 'Runs of the prompt optimizer: what was tried, what it scored, which version came of it.',
      domain: 'ml_training',
      owner: 'ml_team',
      refresh: 'per run',
      upstream: ['distillation_training_data'],
      downstream: ['agents'],
    },
    rows: { endpoint: optimizationRuns.list, query: { state: 'succeeded' } },
    versions: announcedBy('PROMPTS_OPTIMIZED', ({ run_id, score, baseline }) => ({
      version: run_id,
      digest: null,
      rows: 1,
      quality: { score, baseline },
    })),
  },
  cost_analysis: {
    about: {
      title: 'Cost analysis',
      description: 'Who answered how often, student or teacher, and what that took: a row per day and model.',
      domain: 'ml_ops',
      owner: 'ml_team',
      refresh: 'hourly',
      upstream: ['inference', 'teacher_usage'],
      downstream: ['owners'],
    },
    rows: { endpoint: listCostAnalysis },
  },
  performance_benchmarks: {
    about: {
      title: 'Performance benchmarks',
      description: 'How fast predictions and ingestion were, window by window.',
      domain: 'ml_ops',
      owner: 'ml_team',
      refresh: 'hourly',
      upstream: ['inference', 'ingestion'],
      downstream: ['distilled_model_metrics', 'owners'],
    },
    rows: { endpoint: listPerformanceBenchmarks },
  },
};
