export * from './checkpoints.ts';
export * from './connect.ts';
export * from './embedded/start.ts';
export * from './faults.ts';
export * from './identifier.ts';
export * from './migrate.ts';
export * from './port.ts';
