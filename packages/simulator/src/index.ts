export * from './agents/index.ts';
export * from './decision.ts';
export * from './drift.ts';
export * from './messages.ts';
export * from './mind.ts';
export { teacherModel } from './teacher/complete.ts';
export * from './teacher/server.ts';
export * from './traffic.ts';
