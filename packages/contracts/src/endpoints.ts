import type { Endpoint, Method } from './endpoint.ts';
import { administrationEndpoints } from './http/administration.ts';
import { agentRunEndpoints } from './http/agent-runs.ts';
import { getAgentTimeline, listAgents } from './http/agents.ts';
import { collectArtifacts } from './http/artifacts.ts';
import { listAuditEvents, verifyAuditEvents } from './http/audit.ts';
import { budgetEndpoints } from './http/budgets.ts';
import { catalogEndpoints } from './http/catalog.ts';
import { costEndpoints } from './http/costs.ts';
import { curationEndpoints } from './http/curation.ts';
import { listDeadLetters, listPlatformDeadLetters, replayDeadLetter } from './http/dead-letters.ts';
import {
  countDecisions,
  getDecision,
  getDecisionHistory,
  listDecisions,
  lookUpDecisions,
} from './http/decision-history.ts';
import { deploymentEndpoints } from './http/deployments.ts';
import { erasureEndpoints } from './http/erasures.ts';
import { gatewayEndpoints } from './http/gateway.ts';
import { ingestionEndpoints } from './http/ingestion.ts';
import { evaluationEndpoints } from './http/evaluation.ts';
import { metricEndpoints } from './http/metrics.ts';
import { promptEndpoints } from './http/prompts.ts';
import { modelEndpoints } from './http/models.ts';
import { listOwnAnswers } from './http/own-answers.ts';
import { inferenceEndpoints } from './http/predictions.ts';
import { listProjections, projectionRebuilds } from './http/projections.ts';
import { rebuilds, verifications } from './http/rebuilds.ts';
import { getCurationOutlook, getStatus } from './http/status.ts';
import { getToolset } from './http/toolsets.ts';
import { recordTraces } from './http/traces.ts';
import type { Owner } from './owners.ts';
import type { Scope } from './scopes.ts';

/** Every endpoint of the platform. */
export const endpoints: readonly Endpoint[] = [
  ...administrationEndpoints,
  ...catalogEndpoints,
  ...erasureEndpoints,
  ...inferenceEndpoints,
  ...gatewayEndpoints,
  listOwnAnswers,
  ...ingestionEndpoints,
  recordTraces,
  ...modelEndpoints,
  ...deploymentEndpoints,
  ...evaluationEndpoints,
  ...metricEndpoints,
  ...costEndpoints,
  ...budgetEndpoints,
  ...promptEndpoints,
  ...agentRunEndpoints,
  ...curationEndpoints,
  listDecisions,
  getDecision,
  getDecisionHistory,
  lookUpDecisions,
  countDecisions,
  getToolset,
  listAgents,
  getAgentTimeline,
  getStatus,
  getCurationOutlook,
  listProjections,
  ...Object.values(projectionRebuilds),
  collectArtifacts,
  ...Object.values(rebuilds),
  ...Object.values(verifications),
  listAuditEvents,
  verifyAuditEvents,
  listDeadLetters,
  listPlatformDeadLetters,
  replayDeadLetter,
];

/** What a proxy needs to route by method and path. */
export interface RouteEntry {
  method: Method;
  /** As OpenAPI writes it. */
  path: string;
  owner: Owner;
  scope: Scope | 'public';
}
/** Every route of the platform, for a proxy in front of it.
 *  @public */
export const routeTable: readonly RouteEntry[] = endpoints.flatMap(({ method, path, formerPath, owner, scope }) =>
  [path, ...(formerPath === undefined ? [] : [formerPath])].map((known) => ({ method, path: known, owner, scope })),
);
