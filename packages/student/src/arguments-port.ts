import type { JsonObject } from '@retort/kernel';
import type { PredictionRequest, TaughtDecision } from './types.ts';

/** What the trainer needs of argument programs, and nothing of how they are made. */
export interface ArgumentLearner<Programs> {
  /** `folds` names the fold of each decision, whose arguments are known wholly or in part; `heldOut[fold]` has not learnt from
   *  it. */
  learn(
    decisions: readonly TaughtDecision[],
    options: { seed: number; folds: { of: Int32Array; count: number } },
  ): { programs: Programs; heldOut: Programs[] };
  compile(programs: Programs): ArgumentPredictor;
  encode(programs: Programs): Uint8Array;
  decode(bytes: Uint8Array): Programs;
}

export interface ArgumentPredictor {
  predict(request: PredictionRequest, tool: string): ArgumentPrediction;
}

export interface ArgumentPrediction {
  parameters: JsonObject;
  /** Probability that all arguments are the teacher's, by their programs' own evidence. */
  confidence: number;
  /** False when some parameter has no program to trust here. */
  complete: boolean;
  unknown?: string[];
}
