export * from './clock.ts';
export * from './database.ts';
export * from './folder.ts';
export * from './until.ts';
