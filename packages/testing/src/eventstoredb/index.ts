export { startEventStoreDbServer, type EventStoreDbServer, type EventStoreDbServerOptions } from './server.ts';
export type { Faults, Right } from './faults.ts';
export type { LoggedEvent } from './logged-event.ts';
export type { ServerUser } from './users.ts';
