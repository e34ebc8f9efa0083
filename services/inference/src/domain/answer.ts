import { answerOf, type PredictionView } from '@retort/contracts';
import type { Call } from '@retort/kernel';
import type { StudentPrediction } from '@retort/student';

/** What the student would say, and under which version. */
export interface Proposal {
  modelVersion: string;
  /** What the version guarantees, in words. */
  guarantee: string;
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
  if (proposal.prediction.served) return isWithdrawn ? 'withdrawn' : null;
  return proposal.prediction.reason ?? 'below-threshold';
}

export interface AnswerInput {
  id: string | undefined;
  proposal: Proposal | null;
  /** The teacher's calls, when it was asked. */
  teacher?: readonly Call[];
  reason: FallbackReason | null;
}

export function answer({ id, proposal, teacher, reason }: AnswerInput): PredictionView {
  const proposed = proposal ? viewOf(proposal.prediction.calls) : null;
  return {
    id: id ?? null,
    call: reason === null ? proposed : teacher ? viewOf(teacher) : null,
    served_by: reason === null ? 'student' : teacher ? 'teacher' : 'none',
    fallback_reason: reason,
    confidence: proposal?.prediction.confidence ?? null,
    tool_confidence: proposal?.prediction.toolConfidence ?? null,
    novelty: proposal?.prediction.novelty ?? null,
    proposal: proposed,
    model_version: proposal?.modelVersion ?? null,
    threshold: proposal?.prediction.threshold ?? null,
    promise: proposal?.guarantee ?? null,
  };
}

function viewOf(turn: readonly Call[]): NonNullable<PredictionView['call']> {
  const calls = turn.flatMap(({ tool, parameters }) => (tool === null ? [] : [{ tool, parameters }]));
  const [first] = calls;
  return {
    tool_selected: first?.tool ?? null,
    tool_parameters: first?.parameters ?? {},
    tool_calls: calls,
    answer: answerOf(calls),
  };
}
