export { defineAgent, type AgentDefinition, type Run, type Verdict, type Wake } from './agent.ts';
export { hostAgent, type AgentHosting, type HostedAgent } from './host-agent.ts';
export { agentRoutes, type AgentRouteScopes } from './routes.ts';
export { runAgent, type Journal, type RunOutcome } from './run-agent.ts';
export type { RunRecord, RunState, RunUpdate } from './runs.ts';
export { nextDue, type Schedule } from './schedule.ts';
