import type { PredictionView } from '@retort/contracts';
import type { Call } from '@retort/kernel';
import type { StudentPrediction } from '@retort/student';

/** What the student would say, and under which version. */
export interface Proposal {
  modelVersion: string;
  /** What the version promises, in words. */
  promise: string;
  prediction: StudentPrediction;
}

export type FallbackReason =
  NonNullable<StudentPrediction['reason']> | 'no-model' | 'withdrawn' | 'too-many-never-seen' | 'teacher-unavailable';

/** Why somebody else must answer; null when the student may. */
export function fallbackReason(
  proposal: Proposal | null,
  { isWithdrawn, isBeyondLadder }: { isWithdrawn: boolean; isBeyondLadder: boolean },
): FallbackReason | null {
  if (proposal === null) return 'no-model';
  if (isBeyondLadder) return 'too-many-never-seen';
  // An answer has room for one call: a part of a turn would not be the teacher's answer.
  if (proposal.prediction.calls.length > 1) return 'several-calls';
  if (proposal.prediction.served) return isWithdrawn ? 'withdrawn' : null;
  return proposal.prediction.reason ?? 'below-threshold';
}

export interface AnswerParts {
  id: string | undefined;
  proposal: Proposal | null;
  /** The teacher's call, when it was asked. */
  teacher?: Call;
  reason: FallbackReason | null;
}

export function answer({ id, proposal, teacher, reason }: AnswerParts): PredictionView {
  const call = reason === null ? proposal!.prediction.call : teacher;
  return {
    id: id ?? null,
    call: call ? viewOf(call) : null,
    served_by: reason === null ? 'student' : teacher ? 'teacher' : 'none',
    fallback_reason: reason,
    confidence: proposal?.prediction.confidence ?? null,
    tool_confidence: proposal?.prediction.toolConfidence ?? null,
    novelty: proposal?.prediction.novelty ?? null,
    proposal: proposal ? viewOf(proposal.prediction.call) : null,
    model_version: proposal?.modelVersion ?? null,
    threshold: proposal?.prediction.threshold ?? null,
    promise: proposal?.promise ?? null,
  };
}

function viewOf({ tool, parameters }: Call): NonNullable<PredictionView['call']> {
  return { tool_selected: tool, tool_parameters: parameters };
}
