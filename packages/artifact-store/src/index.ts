export * from './file.ts';
export * from './port.ts';
