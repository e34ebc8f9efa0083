import { canonicalCall, type Call } from '@retort/kernel';
import type { ArgumentPredictor } from './arguments-port.ts';
import type { TurnEvidence } from './confidence.ts';
import { callsSinceRequest } from './features/calls-made.ts';
import { SEVERAL_CALLS, type ToolHead } from './head/model.ts';
import { toolScorer, type ToolChoice } from './head/tool-head.ts';
import type { OfferedTools } from './head/toolset.ts';
import type { CallJudge, CallVerdict } from './schema-check.ts';
import { splitRequest } from './split-request.ts';
import { toolChanges, type ToolForms } from './tool-forms.ts';
import type { AbstentionReason, AnswerKind, PredictionRequest } from './types.ts';

/** The student's best turn with what speaks for it, before any threshold. */
export interface Answer extends TurnEvidence {
  answer: AnswerKind;
  /** None for words. */
  calls: readonly Call[];
  /** Why this may not be served at any confidence. */
  objection?: AbstentionReason;
}

/** `known`: how much of the request the vocabulary would know, had it not been made of it; of a request that it was not made
 *  of it is found out. */
export type Answerer = (request: PredictionRequest, known?: number) => Answer;

export interface AnswererInputs {
  head: ToolHead;
  /** Reads lists of tools for the head. */
  offeredBy: (tools: PredictionRequest['tools']) => OfferedTools;
  argumentPredictor: ArgumentPredictor;
  /** What training saw tools say of themselves. */
  toolForms: ToolForms;
  noveltyFloor: number;
  /** Whether a teacher has shown what several calls look like. */
  severalTaught: boolean;
  judge: CallJudge;
}

/** How many calls first, then the tool, then its arguments, then whether the call may be made at all. */
export function answerer(parts: AnswererInputs): Answerer {
  const { head, offeredBy, argumentPredictor, toolForms, noveltyFloor, severalTaught, judge } = parts;
  const scorer = toolScorer(head);
  const changeOf = toolChanges(toolForms);

  const callOf = (request: PredictionRequest, tool: string, isSeen: boolean) => {
    const { parameters, confidence, complete } = argumentPredictor.predict(request, tool);
    const call: Call = { tool, parameters };
    const definition = offeredBy(request.tools).definitions.get(tool);
    const change = changeOf(definition);
    const objection = !isSeen
      ? ('unseen-tools' as const)
      : change.schema
        ? ('changed-tool' as const)
        : !complete
          ? ('argument-unknown' as const)
          : wasMade(call, request)
            ? ('repeated-call' as const)
            : objections[judge(call, definition)];
    return { call, confidence, objection, likeness: change.likeness };
  };

  const strange = ({ known, silent }: Pick<ToolChoice, 'known' | 'silent'>): AbstentionReason | undefined =>
    known < noveltyFloor || silent ? 'novel-context' : undefined;

  const single = (request: PredictionRequest, offered: OfferedTools, choice: ToolChoice): Answer => {
    const tool = offered.candidates[choice.best] ?? null;
    const evidence = { toolProbability: choice.probability, known: choice.known, familiarity: choice.familiarity };
    if (tool === null) {
      const objection =
        request.tools.length === 0
          ? ('no-tools' as const)
          : offered.unseen
            ? ('unseen-tools' as const)
            : strange(choice);
      return { answer: 'words', calls: [], ...evidence, argumentConfidence: 1, ...(objection && { objection }) };
    }
    const found = callOf(request, tool, offered.classes[choice.best]! >= 0);
    // A tool that says something else of itself than it did is known as far as it says the same.
    const known = choice.known * found.likeness;
    const objection = found.objection ?? strange({ ...choice, known });
    return {
      answer: 'call',
      calls: [found.call],
      ...evidence,
      known,
      argumentConfidence: found.confidence,
      ...(objection && { objection }),
    };
  };

  /** Several calls: one for each part of the request, where it comes apart. */
  const several = (request: PredictionRequest, offered: OfferedTools, choice: ToolChoice): Answer => {
    const parts = !severalTaught
      ? null
      : splitRequest(request, (part) => {
          const chosen = scorer.choose(part.context, offered);
          return { ...chosen, tool: offered.candidates[chosen.best] ?? null };
        });
    if (!parts) {
      const one = scorer.choose(request.context, offered.one());
      const answer = single(request, offered.one(), { ...one, known: choice.known });
      return { ...answer, objection: answer.objection ?? 'several-calls' };
    }
    const answers = parts.map((part) => single(part.request, offered, part.choice));
    const whole = weakest(answers);
    const objection = answers.find((one) => one.objection)?.objection ?? strange(choice);
    return {
      answer: 'calls',
      calls: answers.flatMap(({ calls }) => calls),
      ...whole,
      toolProbability: choice.probability * whole.toolProbability,
      ...(objection && { objection }),
    };
  };

  return (request, known) => {
    const offered = offeredBy(request.tools);
    const found = scorer.choose(request.context, offered);
    const choice = known === undefined ? found : { ...found, known };
    return offered.candidates[choice.best] === SEVERAL_CALLS && choice.best === offered.several
      ? several(request, offered, choice)
      : single(request, offered, choice);
  };
}

const objections: Record<CallVerdict, AbstentionReason | undefined> = {
  fits: undefined,
  misfits: 'schema-invalid',
  unchecked: 'schema-unchecked',
};

/** A call whose result is there already says nothing new: what comes after the result is the teacher's to say. */
function wasMade(call: Call, { context }: PredictionRequest): boolean {
  const made = callsSinceRequest(context);
  return made.length > 0 && made.some((one) => canonicalCall(one) === canonicalCall(call));
}

/** Independent parts are all right with the product of their probabilities, and as familiar as the least familiar one. */
function weakest(answers: readonly Answer[]): TurnEvidence {
  const least = (of: (answer: Answer) => number) => Math.min(...answers.map(of));
  const product = (of: (answer: Answer) => number) => answers.reduce((sum, answer) => sum * of(answer), 1);
  return {
    toolProbability: product(({ toolProbability }) => toolProbability),
    argumentConfidence: product(({ argumentConfidence }) => argumentConfidence),
    known: least(({ known }) => known),
    familiarity: {
      offered: least(({ familiarity }) => familiarity.offered),
      margin: least(({ familiarity }) => familiarity.margin),
      centre: least(({ familiarity }) => familiarity.centre),
      nearest: least(({ familiarity }) => familiarity.nearest),
    },
  };
}
