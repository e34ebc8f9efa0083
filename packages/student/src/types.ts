import type { Guarantee, ToolDefinition } from '@retort/contracts';
import type { Call, JsonObject } from '@retort/kernel';

/** What a student is asked: where the agent stands, and which tools it may call now. */
export interface PredictionRequest {
  context: JsonObject;
  tools: readonly ToolDefinition[];
}

/** A decision to learn from or to be measured on: the request and the teacher's call. */
export interface LabelledDecision extends PredictionRequest {
  id: string;
  /** The session: the unit that is never split. Absent: the decision stands alone. */
  group?: string;
  call: Call;
  /** Relative importance in training; 1 when absent. */
  weight?: number;
}

/** Why a student would rather leave a decision to the teacher. */
export type AbstentionReason =
  | 'below-threshold'
  | 'no-threshold'
  | 'no-tools'
  | 'unseen-tools'
  | 'novel-context'
  | 'argument-unknown'
  | 'schema-invalid';

export interface StudentPrediction {
  /** The student's best call, served or not. */
  call: Call;
  /** Calibrated probability that the tool is the teacher's. */
  toolConfidence: number;
  /** Calibrated probability that the whole call is the teacher's. */
  confidence: number;
  /** Whether the promise covers this prediction. */
  served: boolean;
  reason?: AbstentionReason;
}

/** A trained student, loaded and ready. Pure and synchronous: the same request always gives the same answer. */
export interface Student {
  readonly guarantee: Guarantee;
  readonly card: StudentCard;
  predict(request: PredictionRequest): StudentPrediction;
}

export interface TrainingOptions {
  seed: number;
  /** The promised agreement of whole calls among what the student serves, e.g. 0.93. */
  target: number;
  /** 1 - δ of the promise, e.g. 0.95. */
  confidence: number;
  /** Overrides of the trainer's own defaults; recorded on the card. */
  configuration?: JsonObject;
}

/** `fraction` runs from 0 to 1 over the whole training. Throwing from here cancels the training. */
export type OnProgress = (progress: { fraction: number; step: string }) => void;

export interface StudentCard {
  format: number;
  rows: number;
  tools: number;
  seed: number;
  guarantee: Guarantee;
  /** How the threshold's decisions were obtained, in words: held out, or cross-fitted (then approximate). */
  calibration: { method: 'held-out' | 'cross-fitted' | 'none'; decisions: number; temperature: number };
  /** On the calibration decisions, student alone. */
  agreement: { tool: number | null; call: number | null; decisions: number };
  /** On the calibration decisions, at the threshold. */
  served: { coverage: number; callAgreement: number | null; decisions: number; disagreements: number };
  configuration: JsonObject;
}

export interface TrainedStudent {
  /** One self-contained file: the same bytes for the same rows, options and seed. */
  artifact: Uint8Array;
  card: StudentCard;
}
