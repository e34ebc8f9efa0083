export { crossFitArguments, learnArguments, type CrossFittedPrograms } from './learn.ts';
export { compileArguments, type ArgumentPredictor, type PredictedArguments } from './predict.ts';
export type { ArgumentPrograms, ParameterProgram, Program, ToolProgram } from './program.ts';
export { decodeArguments, encodeArguments } from './encode.ts';
