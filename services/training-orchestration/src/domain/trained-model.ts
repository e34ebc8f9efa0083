import type { AgreementReport, Guarantee, Measured, SliceGuarantee } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { HeldOutTurn, SearchRecord, StudentCard } from '@retort/student';
import { calibrationReport, calibrationSource, sliceGuarantees } from './calibration-report.ts';

/** What a training gives, whoever did it. */
export interface TrainedModel {
  /** The student itself, or the reference to a model that somebody else hosts. */
  artifact: Uint8Array;
  card: JsonObject;
  tools: number;
  guarantee: Guarantee;
  slices: SliceGuarantee[];
  leakage: Measured;
  /** How it agrees with the teacher on decisions it has not learnt from; null when nothing could be measured. */
  evaluation: { source: string; report: AgreementReport } | null;
  /** What it did with each turn that it had not learnt from; empty where that was not measured turn by turn. */
  heldOut: readonly HeldOutTurn[];
  /** What it was trained with, chosen or given. */
  configuration: JsonObject;
  /** How the configuration was chosen; null when it was given. */
  search: SearchRecord | null;
  trainSeconds: number;
}

/** What our own trainer gives, in whichever process it ran. */
export interface StudentOutcome {
  artifact: Uint8Array;
  card: StudentCard;
  heldOut: HeldOutTurn[];
  leakage: Measured;
  majorityBaseline: number | null;
  configuration: JsonObject;
  search: SearchRecord | null;
  trainSeconds: number;
}

export function trainedStudent({ card, ...outcome }: StudentOutcome): TrainedModel {
  return {
    artifact: outcome.artifact,
    card: JSON.parse(JSON.stringify(card)) as JsonObject,
    tools: card.tools,
    guarantee: card.guarantee,
    slices: sliceGuarantees(card),
    leakage: outcome.leakage,
    evaluation: {
      source: calibrationSource(card),
      report: calibrationReport(outcome.heldOut, outcome.majorityBaseline),
    },
    heldOut: outcome.heldOut,
    configuration: outcome.configuration,
    search: outcome.search,
    trainSeconds: outcome.trainSeconds,
  };
}
