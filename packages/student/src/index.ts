import type { JsonObject } from '@retort/kernel';
import {
  compileArguments,
  crossFitArguments,
  decodeArguments,
  encodeArguments,
  type ArgumentPrograms,
} from './arguments/index.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { configurationOf } from './configuration.ts';
import { loadWith } from './student.ts';
import { trainWith } from './train.ts';
import type { OnProgress, Student, TaughtDecision, TrainedStudent, TrainingOptions } from './types.ts';

export * from './types.ts';
export type { Configuration } from './configuration.ts';
export { extract, extractCharacters } from './features/extract.ts';
export { readContext, type ReadContext } from './features/context.ts';
export { featureBuffer, type FeatureBuffer } from './features/buffer.ts';
export { searchConfiguration, type SearchOptions, type SearchRecord } from './search.ts';
export { splitDecisions, splitKey } from './split.ts';
export { floorOf, type ToolFloors } from './guarantee.ts';
export { callCheck, type CallCheck } from './schema-check.ts';

const argumentPrograms: ArgumentLearner<ArgumentPrograms> = {
  learn: crossFitArguments,
  compile: compileArguments,
  encode: encodeArguments,
  decode: decodeArguments,
};

/** Throws what training with this configuration would. Fault: `student.configuration-invalid`. */
export function checkConfiguration(configuration: JsonObject): void {
  configurationOf(configuration);
}

/** Trains a student on decisions. Synchronous CPU work, meant for a worker thread; `onProgress` may throw to cancel.
 *  The same rows in any order, options and seed give the same artifact, byte for byte. Faults: `student.no-decisions`,
 *  `student.configuration-invalid`. */
export function trainStudent(
  decisions: readonly TaughtDecision[],
  options: TrainingOptions,
  onProgress?: OnProgress,
): TrainedStudent {
  return trainWith(argumentPrograms, decisions, options, onProgress);
}

/** Loads a student from its artifact. Faults: `student.artifact-corrupt`, `student.artifact-format`. */
export function loadStudent(artifact: Uint8Array): Student {
  return loadWith(argumentPrograms, artifact);
}
