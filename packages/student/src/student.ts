import { answerer, type Answer } from './answer.ts';
import type { ArgumentLearner } from './arguments-port.ts';
import { confidenceOf, noveltyOf, weighTurn } from './confidence.ts';
import { rememberToolsets } from './head/toolset.ts';
import { rungFor } from './ladder.ts';
import { NOVELTY_PRIOR } from './novelty/calibrate.ts';
import { callJudge } from './schema-check.ts';
import { servingRule } from './serving-rule.ts';
import { decodeStudent } from './student-file.ts';
import type { AbstentionReason, Student } from './types.ts';

/** Loads a student from its file. Fault `student.artifact-corrupt` or `student.artifact-format` when it cannot be used. */
export function loadWith<Programs>(learner: ArgumentLearner<Programs>, artifact: Uint8Array): Student {
  const { head, argumentPrograms, calibration, toolForms, noveltyFloor, severalTaught, card } = decodeStudent(artifact);
  const argumentPredictor = learner.compile(learner.decode(argumentPrograms));
  const offeredBy = rememberToolsets(head);
  const answer = answerer({
    head,
    offeredBy,
    argumentPredictor,
    toolForms,
    noveltyFloor,
    severalTaught,
    judge: callJudge(),
  });
  const inUse = { share: card.ladder.share, rule: servingRule(card.guarantee, card.slices) };
  const rungs = card.ladder.rungs.map(({ share, threshold }) => ({
    share,
    rule: share === inUse.share ? inUse.rule : servingRule({ threshold }, card.slices),
  }));
  return {
    guarantee: card.guarantee,
    card,
    predict(request, { share } = {}) {
      const answered = answer(request);
      const rung = share === undefined || rungs.length === 0 ? inUse : rungFor(rungs, share);
      const weighed = weighTurn(calibration, answered);
      const confidence = confidenceOf(weighed, rung.share);
      const call = answered.calls[0] ?? { tool: null, parameters: {} };
      const from = rung.rule({ tool: call.tool, agent: request.agent });
      const reason = reasonAgainst(answered, { from, confidence, accepts: request.noTool === 'accept' });
      return {
        answer: answered.answer,
        call,
        calls: answered.calls,
        toolConfidence: answered.toolProbability,
        confidence,
        novelty: noveltyOf(weighed, NOVELTY_PRIOR),
        threshold: typeof from === 'number' ? from : null,
        served: reason === undefined,
        ...(reason && { reason }),
      };
    },
  };
}

/** Why a turn is left to the teacher; undefined when it is served. */
function reasonAgainst(
  { objection, answer }: Answer,
  { from, confidence, accepts }: { from: number | AbstentionReason; confidence: number; accepts: boolean },
): AbstentionReason | undefined {
  if (objection !== undefined && objection !== 'several-calls') return objection;
  if (from === 'no-threshold') return from;
  if (objection !== undefined) return objection;
  // Words are the teacher's, unless the caller has its own.
  if (answer === 'words' && !accepts) return 'words';
  if (typeof from === 'string') return from;
  return confidence >= from ? undefined : 'below-threshold';
}
