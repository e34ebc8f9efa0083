export * from './port.ts';
export * from './position.ts';
