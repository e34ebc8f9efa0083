export { crossFitArguments, learnArguments, type CrossFittedPrograms } from './learn.ts';
export { compileArguments, type ArgumentPredictor, type PredictedArguments } from './predict.ts';
export type { ArgumentPrograms, ParameterProgram, Program, ToolProgram } from './programs/program.ts';
export { decodeArguments, encodeArguments } from './programs/encode.ts';
