import {
  costAnalysisRow,
  decisionView,
  distilledModelMetric,
  optimizationRun,
  performanceBenchmark,
  trainingRow,
  type DataProduct,
  type ProductName,
} from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { z } from 'zod';

export type ProductDescription = Omit<DataProduct, 'latest_version'>;

/** The six data products: what they hold, whose they are, what they are made of and what is made of them. */
export const products: Readonly<Record<ProductName, ProductDescription>> = {
  agent_decision_history: {
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
  distillation_training_data: {
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
  distilled_model_metrics: {
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
  optimization_history: {
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
  cost_analysis: {
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
  performance_benchmarks: {
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
};

function rowSchema(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as JsonObject;
}
