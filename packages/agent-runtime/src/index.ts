export { defineAgent, type AgentDefinition, type AgentRun, type Trigger, type Verdict } from './agent.ts';
export { hostAgent, type AgentHosting, type AgentRuns, type HostedAgent } from './host-agent.ts';
export { agentRoutes } from './routes.ts';
