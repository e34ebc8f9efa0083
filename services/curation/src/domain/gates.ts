import type { curationRejection, DecisionView } from '@retort/contracts';
import type { z } from 'zod';

export type RejectionReason = z.infer<typeof curationRejection>['reason'];

/** Why a decision is no example to learn from; null when it is one. A missing outcome is not a failure. What a student
 *  decided teaches nothing about the teacher. */
export function rejectionOf(
  decision: DecisionView,
  { valid, isStudents }: { valid: boolean; isStudents: boolean },
): RejectionReason | null {
  if (isStudents) return 'student-decided';
  if (decision.outcome?.success === false) return 'failed';
  if (!valid) return 'schema-invalid';
  return null;
}
