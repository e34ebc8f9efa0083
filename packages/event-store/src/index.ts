export { appendOnce } from './append-once.ts';
export { confirmLog, type FirstEvent, type FollowedLog } from './followed-log.ts';
export * from './eventstoredb/event-store.ts';
export { weightOf } from './eventstoredb/size.ts';
export * from './port.ts';
export * from './position.ts';
export * from './postgres/event-store.ts';
export * from './validate.ts';
