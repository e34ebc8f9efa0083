import { answerer } from './answer.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { callConfidence } from './confidence.ts';
import { callCheck } from './schema-check.ts';
import { decodeStudent } from './student-file.ts';
import type { Student } from './types.ts';

/** Loads a student from its file. Fault `student.artifact-corrupt` or `student.artifact-format` when it cannot be used. */
export function loadWith<Programs>(learner: ArgumentLearner<Programs>, artifact: Uint8Array): Student {
  const { head, argumentPrograms, calibration, noveltyFloor, card } = decodeStudent(artifact);
  const argumentPredictor = learner.compile(learner.decode(argumentPrograms));
  const answer = answerer({ head, argumentPredictor, noveltyFloor, mayBeMade: callCheck() });
  const threshold = card.guarantee.threshold;
  return {
    guarantee: card.guarantee,
    card,
    predict(request) {
      const answered = answer(request);
      const confidence = callConfidence(calibration, answered);
      const reason =
        answered.objection ??
        (threshold === null ? 'no-threshold' : confidence >= threshold ? undefined : 'below-threshold');
      return {
        call: answered.call,
        toolConfidence: answered.toolProbability,
        confidence,
        served: reason === undefined,
        ...(reason && { reason }),
      };
    },
  };
}
