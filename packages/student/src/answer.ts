import type { Call } from '@retort/kernel';
import type { ArgumentPredictor } from './arguments-port.ts';
import type { CallEvidence } from './confidence.ts';
import type { ToolHead } from './head/model.ts';
import { toolScorer } from './head/tool-head.ts';
import { rememberToolsets } from './head/toolset.ts';
import type { CallJudge, CallVerdict } from './schema-check.ts';
import type { AbstentionReason, PredictionRequest } from './types.ts';

/** The student's best call with what speaks for it, before any threshold. */
export interface Answer extends CallEvidence {
  call: Call;
  /** Why this may not be served at any confidence. */
  objection?: AbstentionReason;
}

export type Answerer = (request: PredictionRequest) => Answer;

/** Tool first, then its arguments, then whether the call may be made at all. */
export function answerer(parts: {
  head: ToolHead;
  argumentPredictor: ArgumentPredictor;
  noveltyFloor: number;
  judge: CallJudge;
}): Answerer {
  const { head, argumentPredictor, noveltyFloor, judge } = parts;
  const scorer = toolScorer(head);
  const offeredBy = rememberToolsets(head);
  return (request) => {
    const offered = offeredBy(request.tools);
    const choice = scorer.choose(request.context, offered);
    const tool = offered.candidates[choice.best] ?? null;
    const evidence = { toolProbability: choice.probability, known: choice.known };
    if (tool === null) {
      const call: Call = { tool: null, parameters: {} };
      const objection = request.tools.length === 0 ? ('no-tools' as const) : novelty(choice.known, noveltyFloor);
      return { call, ...evidence, argumentConfidence: 1, ...(objection && { objection }) };
    }
    const found = argumentPredictor.predict(request, tool);
    const call: Call = { tool, parameters: found.parameters };
    const objection =
      offered.classes[choice.best]! < 0
        ? ('unseen-tools' as const)
        : !found.complete
          ? ('argument-unknown' as const)
          : (objections[judge(call, offered.definitions.get(tool))] ?? novelty(choice.known, noveltyFloor));
    return { call, ...evidence, argumentConfidence: found.confidence, ...(objection && { objection }) };
  };
}

const objections: Record<CallVerdict, AbstentionReason | undefined> = {
  fits: undefined,
  misfits: 'schema-invalid',
  unchecked: 'schema-unchecked',
};

function novelty(known: number, floor: number): AbstentionReason | undefined {
  return known < floor ? 'novel-context' : undefined;
}
