export { crossFitArguments } from './learn.ts';
export { compileArguments } from './predict.ts';
export type { ArgumentPrograms } from './programs/program.ts';
export { decodeArguments, encodeArguments } from './programs/encode.ts';
