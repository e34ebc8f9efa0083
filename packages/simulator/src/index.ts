export * from './agents/index.ts';
export * from './decision.ts';
export { defineAgent, type AgentSource, type DomainAgent } from './domain-agent.ts';
export * from './drift.ts';
export * from './messages.ts';
export * from './mind.ts';
export { complete, teacherModel } from './teacher/complete.ts';
export * from './teacher/server.ts';
export * from './traffic.ts';
