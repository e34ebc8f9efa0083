export * from './call.ts';
export * from './clock.ts';
export * from './decider.ts';
export * from './digest.ts';
export * from './fault.ts';
export * from './ids.ts';
export * from './json.ts';
export * from './random.ts';
