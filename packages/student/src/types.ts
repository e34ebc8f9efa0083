import type { Guarantee, ToolDefinition } from '@retort/contracts';
import type { CountedScores, Proportion, RiskCoverage, Rung } from '@retort/statistics';
import type { Call, JsonObject, RecordedCall } from '@retort/kernel';

/** What a student is asked: where the agent stands, and which tools it may call now. */
export interface PredictionRequest {
  context: JsonObject;
  tools: readonly ToolDefinition[];
  /** Who asks: matters only to a student that serves nothing but slices with a guarantee of their own. */
  agent?: string;
  /** `accept`: the caller has its own way to answer in words, and takes "no tool" for an answer. Otherwise words are the
   *  teacher's. */
  noTool?: 'teacher' | 'accept';
}

/** What a teacher does in one answer: one call, several, or none at all. */
export type AnswerKind = 'call' | 'calls' | 'words';

/** A decision to learn from: the request and what is known of the teacher's call. */
export interface TaughtDecision extends PredictionRequest {
  id: string;
  /** The session: the unit that is never split. Absent: the decision stands alone. */
  group?: string;
  /** `parameters` is null where the arguments are not known: the decision teaches its tool, and `knownArguments`. */
  call: RecordedCall;
  /** All calls of the answer, in any order, where it was more than one; `call` is the first of them. */
  toolCalls?: readonly RecordedCall[];
  /** Absent: what the calls say. `words`: the teacher called nothing. */
  answer?: AnswerKind;
  /** Of arguments that are not known as a whole, those that are. Of the others nothing is known, not even whether there were
   *  any. */
  knownArguments?: JsonObject;
  /** It teaches, and is never measured or calibrated on: it was chosen or made, so that it does not represent the traffic. */
  teachesOnly?: boolean;
  /** Relative importance in training; 1 when absent. */
  weight?: number;
  /** The teacher's probability of each tool, by name, where it gave them; that of calling none stands under the empty name.
   *  They need not add up to 1. */
  teacherProbabilities?: Readonly<Record<string, number>>;
}

/** One whose whole call is known. */
export interface LabelledDecision extends TaughtDecision {
  call: Call;
}

/** Why a student would rather leave a decision to the teacher. */
export type AbstentionReason =
  | 'below-threshold'
  | 'words'
  | 'several-calls'
  | 'tool-below-floor'
  | 'slice-without-promise'
  | 'no-threshold'
  | 'no-tools'
  | 'unseen-tools'
  | 'changed-tool'
  | 'novel-context'
  | 'argument-unknown'
  | 'repeated-call'
  | 'schema-invalid'
  | 'schema-unchecked';

export interface StudentPrediction {
  /** The student's best answer, served or not. */
  answer: AnswerKind;
  /** The first of `calls`; no tool where the answer is words. */
  call: Call;
  /** The calls of the whole turn: none for words. */
  calls: readonly Call[];
  /** Calibrated probability that the tool is the teacher's. */
  toolConfidence: number;
  /** Calibrated probability that the whole turn is the teacher's, where as many requests are of kinds never seen as the rung
   *  in use withstands. */
  confidence: number;
  /** Probability that the request is of a kind that training never saw, where one in twenty is. */
  novelty: number;
  /** From which confidence on this call is served; null when none is high enough. */
  threshold: number | null;
  /** Whether the guarantee covers this prediction. */
  served: boolean;
  reason?: AbstentionReason;
}

/** A trained student, loaded and ready. Pure and synchronous: the same request always gives the same answer. */
export interface Student {
  readonly guarantee: Guarantee;
  readonly card: StudentCard;
  /** `share`: of never-seen requests in the traffic; the lowest rung of the ladder that withstands it serves. The guarantee's
   *  own when absent. */
  predict(request: PredictionRequest, by?: { share?: number }): StudentPrediction;
}

export interface TrainingOptions {
  seed: number;
  /** The guaranteed agreement of whole calls among what the student serves, e.g. 0.93. */
  target: number;
  /** 1 - δ of the guarantee, e.g. 0.95. */
  confidence: number;
  /** Overrides of the trainer's own defaults; recorded on the card. */
  configuration?: JsonObject;
  /** `reported` (when absent): the guarantee over everything serves, and the card says which tools and agents also keep it
   *  by themselves. `required`: only those are served, each from its own threshold on. */
  slices?: SlicePolicy;
  /** A tool whose served calls agree in less than this share, even at the upper end of its 99.9% interval, is left to the
   *  teacher; 0.8 when absent. */
  toolFloor?: number;
  /** Floors of single tools, where they have one of their own. */
  toolFloors?: Readonly<Record<string, number>>;
  /** The share of never-seen requests that the threshold withstands, a rung of the ladder. Absent: .05, or the highest below
   *  it that the decisions are enough for. */
  novelShare?: number;
  /** k, from 1: so often was the guarantee asked of these calibration turns, this time included. The k-th time is tested at
   *  δ_k = 6δ/(π²k²), so that it holds for all of them together. Absent: they were never asked before, nor will be. */
  attempt?: number;
}

export type SlicePolicy = 'reported' | 'required';

/** `fraction` runs from 0 to 1 over the whole training. Throwing from here cancels the training. */
export type OnProgress = (progress: { fraction: number; step: string; metrics?: Record<string, number> }) => void;

export interface StudentCard {
  format: number;
  rows: number;
  tools: number;
  seed: number;
  guarantee: Guarantee;
  /** How the threshold's decisions were obtained, in words: held out, or cross-fitted (then approximate). */
  calibration: { method: 'held-out' | 'cross-fitted' | 'none'; decisions: number; temperature: number };
  /** On the calibration decisions, student alone. */
  agreement: {
    tool: number | null;
    /** Of the decisions whose arguments are known: `calls` of them. */
    call: number | null;
    decisions: number;
    /** Absent from older students, which learnt from nothing else: all decisions. */
    calls?: number;
  };
  /** On the calibration decisions, at the threshold. */
  served: { coverage: number; callAgreement: number | null; decisions: number; disagreements: number };
  /** Of the calibration decisions: turns with a call and those of them that are served; turns of words and those at which a call
   *  is served all the same, which is wrong; and where the student itself would say no tool, how often rightly. */
  turns: { tool: number; toolServed: number; words: number; wordsServed: number; wordsProposed: Proportion };
  /** Thresholds for more or fewer never-seen requests in the traffic. `share` is that of the rung in use. */
  ladder: { share: number; rungs: Rung[] };
  novelty: NoveltyCard;
  /** Of the calibration turns, the surest first: how many are answered, and what share of those is wrong. Absent from older
   *  students. */
  riskCoverage?: RiskCoverage;
  /** Absent from students that were made before there were slices. */
  slices?: SliceGuaranteeCard;
  configuration: JsonObject;
}

/** How never-seen requests are told from known ones. The tails estimate their share in traffic from novelty scores alone. */
export interface NoveltyCard {
  /** The novelty above which a request counts as never seen; null: nothing to tell them apart by. */
  cut: number | null;
  /** Of known calibration decisions, and of proxies of never-seen requests, those above the cut. */
  known: Proportion;
  novel: Proportion;
  /** The same at the cut that one in a hundred of the tuning decisions exceeds. Absent from older students. */
  sure?: { cut: number; known: Proportion; novel: Proportion };
  /** Novelty scores of known calibration decisions, counted between edges that others gave: what requests are compared with.
   *  Absent from older students. */
  calibration?: CountedScores;
  /** Proxies by kind: how many are served at the threshold, and the tool that most of those are made of. */
  kinds: { kind: string; requests: number; served: number; worstTool: string | null }[];
}

/** The guarantees of single tools and agents, all together at the confidence of the guarantee. */
export interface SliceGuaranteeCard {
  policy: SlicePolicy;
  toolFloor: number;
  /** Floors of single tools; absent where none has its own. */
  toolFloors?: Readonly<Record<string, number>>;
  /** So many of them were tested, each at its share of δ. */
  tested: number;
  of: SliceCard[];
}

export interface SliceCard {
  by: 'tool' | 'agent';
  /** null: the proposal to call no tool. */
  name: string | null;
  /** Calibration decisions whose proposal is in this slice, and those of them that agree. */
  decisions: number;
  agreements: number;
  /** Of them served, and wrong nonetheless. */
  served: number;
  disagreements: number;
  /** From here on the slice keeps the guarantee by itself; null when it does not, or cannot with so few decisions. */
  threshold: number | null;
  /** Whether what is served of it is covered by a guarantee of its own, not only by the one over everything. */
  promised: boolean;
  /** A tool below its floor: the teacher gets all of its calls. */
  withheld: boolean;
}

export interface TrainedStudent {
  /** One self-contained file: the same bytes for the same rows, options and seed. */
  artifact: Uint8Array;
  card: StudentCard;
  /** What it did with each turn that it was measured on, in the order of ids. */
  heldOut: HeldOutTurn[];
}

/** A turn of the teacher, answered by a student that had not learnt from it. */
export interface HeldOutTurn {
  id: string;
  /** It is one of those that chose the threshold; the others tuned what a confidence means. */
  deciding: boolean;
  teacher: AnswerKind;
  student: AnswerKind;
  sameTools: boolean;
  /** Whether the whole turn is the teacher's; null where some of its arguments are not known. */
  agrees: boolean | null;
  /** null: it would be served at no confidence. */
  confidence: number | null;
  served: boolean;
}
