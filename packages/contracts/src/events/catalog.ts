import type { z } from 'zod';
import * as administration from './administration.ts';
import * as budgets from './budgets.ts';
import * as decisions from './decisions.ts';
import * as evaluation from './evaluation.ts';
import * as learning from './learning.ts';
import * as privacy from './privacy.ts';
import * as prices from './prices.ts';
import * as prompts from './prompts.ts';
import * as rollout from './rollout.ts';
import * as runs from './runs.ts';

/** Kafka topics. The key of a message is its stream, so that one aggregate's events stay in order. */
export const topics = {
  decisions: 'retort.decisions',
  toolsets: 'retort.toolsets',
  datasets: 'retort.datasets',
  prompts: 'retort.prompts',
  models: 'retort.models',
  evaluations: 'retort.evaluations',
  tenants: 'retort.tenants',
  runs: 'retort.runs',
} as const;
export type Topic = (typeof topics)[keyof typeof topics];

/** Every event type: the aggregate it belongs to, the topic that carries it, its current schema version. */
export const eventCatalog = {
  AGENT_TOOL_SELECTED: { aggregate: 'agent', topic: topics.decisions, version: 2, data: decisions.agentToolSelected },
  DECISION_OUTCOME_REPORTED: {
    aggregate: 'agent',
    topic: topics.decisions,
    version: 1,
    data: decisions.decisionOutcomeReported,
  },
  TOOLSET_REGISTERED: { aggregate: 'toolset', topic: topics.toolsets, version: 1, data: decisions.toolsetRegistered },
  TRAINING_DATA_CURATED: {
    aggregate: 'dataset',
    topic: topics.datasets,
    version: 1,
    data: learning.trainingDataCurated,
  },
  PROMPTS_OPTIMIZED: { aggregate: 'prompt', topic: topics.prompts, version: 1, data: learning.promptsOptimized },
  PROMPT_VERSION_ADDED: { aggregate: 'prompt', topic: topics.prompts, version: 1, data: prompts.promptVersionAdded },
  PROMPT_LABELLED: { aggregate: 'prompt', topic: topics.prompts, version: 1, data: prompts.promptLabelled },
  BUDGETS_SET: { aggregate: 'budgets', topic: topics.evaluations, version: 1, data: budgets.budgetsSet },
  PRICES_SET: { aggregate: 'prices', topic: topics.evaluations, version: 1, data: prices.pricesSet },
  TEACHER_ASKED: { aggregate: 'model', topic: topics.models, version: 1, data: learning.teacherAsked },
  RUN_ENDED: { aggregate: 'run', topic: topics.runs, version: 1, data: runs.runEnded },
  MODEL_TRAINED: { aggregate: 'model', topic: topics.models, version: 1, data: learning.modelTrained },
  MODEL_EVALUATED: { aggregate: 'evaluation', topic: topics.evaluations, version: 1, data: evaluation.modelEvaluated },
  MODEL_DEPLOYED: { aggregate: 'model', topic: topics.models, version: 1, data: learning.modelDeployed },
  MODEL_DEPLOYMENT_REFUSED: {
    aggregate: 'model',
    topic: topics.models,
    version: 1,
    data: learning.modelDeploymentRefused,
  },
  MODEL_ROLLED_BACK: { aggregate: 'model', topic: topics.models, version: 1, data: learning.modelRolledBack },
  MODEL_ROLLOUT_STARTED: { aggregate: 'model', topic: topics.models, version: 1, data: rollout.modelRolloutStarted },
  MODEL_ROLLOUT_ENDED: { aggregate: 'model', topic: topics.models, version: 1, data: rollout.modelRolloutEnded },
  SLICE_WITHDRAWN: { aggregate: 'model', topic: topics.models, version: 1, data: learning.sliceWithdrawn },
  SERVING_RUNG_CHANGED: { aggregate: 'model', topic: topics.models, version: 1, data: learning.servingRungChanged },
  REQUESTS_CHANGED: { aggregate: 'model', topic: topics.models, version: 1, data: learning.requestsChanged },
  DRIFT_DETECTED: { aggregate: 'evaluation', topic: topics.evaluations, version: 1, data: learning.driftDetected },
  RETRAIN_TRIGGERED: {
    aggregate: 'evaluation',
    topic: topics.evaluations,
    version: 1,
    data: learning.retrainTriggered,
  },
  TENANT_CREATED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.tenantCreated },
  TENANT_SUSPENDED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.tenantSuspended },
  TENANT_RESUMED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.tenantResumed },
  TENANT_DELETED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.tenantDeleted },
  QUOTA_SET: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.quotaSet },
  API_KEY_CREATED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.apiKeyCreated },
  API_KEY_REVOKED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.apiKeyRevoked },
  ADMINISTRATION_REQUESTED: {
    aggregate: 'tenant',
    topic: topics.tenants,
    version: 1,
    data: administration.administrationRequested,
  },
  ROWS_EXPORTED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: administration.rowsExported },
  ADMINISTRATION_REFUSED: {
    aggregate: 'tenant',
    topic: topics.tenants,
    version: 1,
    data: administration.administrationRefused,
  },
  ERASURE_REQUESTED: { aggregate: 'erasure', topic: topics.tenants, version: 1, data: privacy.erasureRequested },
  ERASURE_STEP_COMPLETED: {
    aggregate: 'erasure',
    topic: topics.tenants,
    version: 1,
    data: privacy.erasureStepCompleted,
  },
  ERASURE_COMPLETED: { aggregate: 'erasure', topic: topics.tenants, version: 1, data: privacy.erasureCompleted },
  ROWS_EXPIRED: { aggregate: 'tenant', topic: topics.tenants, version: 1, data: privacy.rowsExpired },
  MODEL_DATA_ERASED: { aggregate: 'model', topic: topics.models, version: 1, data: privacy.modelDataErased },
} as const satisfies Record<string, { aggregate: AggregateType; topic: Topic; version: number; data: z.ZodType }>;

export type AggregateType =
  | 'agent'
  | 'toolset'
  | 'dataset'
  | 'prompt'
  | 'model'
  | 'evaluation'
  | 'run'
  | 'tenant'
  | 'erasure'
  | 'prices'
  | 'budgets';
export type EventType = keyof typeof eventCatalog;
export type EventData<Type extends EventType> = z.infer<(typeof eventCatalog)[Type]['data']>;
/** An event as a decider sees it. */
export type DomainEvent<Type extends EventType = EventType> = {
  [One in Type]: { type: One; data: EventData<One> };
}[Type];

export function isEventType(name: string): name is EventType {
  return Object.hasOwn(eventCatalog, name);
}

/** `agent-acme.loan`: aggregate type, tenant, aggregate id. The tenant is part of every stream's name, so that one
 *  tenant's log can be read, exported or erased alone. */
export function streamName(aggregate: AggregateType, tenant: string, id: string): string {
  return `${aggregate}-${tenant}.${id}`;
}
