import { answerer } from './answer.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { callConfidence } from './confidence.ts';
import { callJudge } from './schema-check.ts';
import { servingRule } from './serving-rule.ts';
import { decodeStudent } from './student-file.ts';
import type { Student } from './types.ts';

/** Loads a student from its file. Fault `student.artifact-corrupt` or `student.artifact-format` when it cannot be used. */
export function loadWith<Programs>(learner: ArgumentLearner<Programs>, artifact: Uint8Array): Student {
  const { head, argumentPrograms, calibration, noveltyFloor, card } = decodeStudent(artifact);
  const argumentPredictor = learner.compile(learner.decode(argumentPrograms));
  const answer = answerer({ head, argumentPredictor, noveltyFloor, judge: callJudge() });
  const rule = servingRule(card.guarantee, card.slices);
  return {
    guarantee: card.guarantee,
    card,
    predict(request) {
      const answered = answer(request);
      const confidence = callConfidence(calibration, answered);
      const from = rule({ tool: answered.call.tool, agent: request.agent });
      const reason =
        answered.objection ?? (typeof from === 'string' ? from : confidence >= from ? undefined : 'below-threshold');
      return {
        call: answered.call,
        toolConfidence: answered.toolProbability,
        confidence,
        threshold: typeof from === 'number' ? from : null,
        served: reason === undefined,
        ...(reason && { reason }),
      };
    },
  };
}
