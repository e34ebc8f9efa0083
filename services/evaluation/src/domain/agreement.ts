import type { AgreementReport, EvaluationSample, Measured, PredictionView } from '@retort/contracts';
import { canonicalCall, type JsonObject } from '@retort/kernel';
import { wilsonInterval } from '@retort/statistics';

/** A decision whose right answer is the teacher's. */
export interface Labelled {
  index: number;
  id: string;
  tool_selected: string | null;
  /** null: not known. */
  tool_parameters: JsonObject | null;
  /** Whether the version learnt from it; absent where that is not known. */
  learnt?: boolean;
}

/** Compares the student's proposal, served or not, with what the teacher did. */
export function compare(teacher: Labelled, prediction: PredictionView): EvaluationSample {
  const { proposal } = prediction;
  return {
    index: teacher.index,
    id: teacher.id,
    verdict: verdictOf(teacher, proposal),
    teacher: { tool_selected: teacher.tool_selected, tool_parameters: teacher.tool_parameters },
    student: proposal,
    confidence: prediction.confidence,
    served_by: prediction.served_by === 'student' ? 'student' : 'teacher',
    ...(typeof prediction.novelty === 'number' && { novelty: prediction.novelty }),
    ...(teacher.learnt !== undefined && { learnt: teacher.learnt }),
  };
}

function verdictOf(teacher: Labelled, proposal: PredictionView['proposal']): EvaluationSample['verdict'] {
  if (!proposal || proposal.tool_selected !== teacher.tool_selected) return 'other-tool';
  if (teacher.tool_parameters === null) return 'same-tool';
  const call = (made: { tool_selected: string | null; tool_parameters: unknown }) =>
    canonicalCall({ tool: made.tool_selected, parameters: made.tool_parameters as JsonObject });
  return call(proposal) === call(teacher) ? 'same-call' : 'same-tool';
}

/** Counts samples one by one, so that an evaluation of any size needs no memory. What a version learnt from says nothing of
 *  how it does on new requests: those samples are counted apart, and in no figure. */
export interface AgreementCount {
  add(sample: EvaluationSample): void;
  report(): AgreementReport;
}

export function agreementCount(): AgreementCount {
  let decisions = 0;
  let learntFrom: number | undefined;
  let [sameTool, sameCall, calls] = [0, 0, 0];
  let [served, servedSameTool, servedSameCall, servedCalls] = [0, 0, 0, 0];
  const tools = new Map<string | null, number>();
  return {
    add({ verdict, served_by, teacher, learnt }) {
      if (learnt !== undefined) learntFrom = (learntFrom ?? 0) + (learnt ? 1 : 0);
      if (learnt) return;
      const tool = verdict === 'other-tool' ? 0 : 1;
      const call = verdict === 'same-call' ? 1 : 0;
      const known = teacher.tool_parameters === null ? 0 : 1;
      decisions++;
      sameTool += tool;
      sameCall += call;
      calls += known;
      tools.set(teacher.tool_selected, (tools.get(teacher.tool_selected) ?? 0) + 1);
      if (served_by !== 'student') return;
      served++;
      servedSameTool += tool;
      servedSameCall += call;
      servedCalls += known;
    },
    report: () => ({
      decisions,
      tool_agreement: proportion(sameTool, decisions),
      call_agreement: proportion(sameCall, calls),
      coverage: proportion(served, decisions),
      served_tool_agreement: proportion(servedSameTool, served),
      served_call_agreement: proportion(servedSameCall, servedCalls),
      majority_baseline: decisions === 0 ? null : Math.max(...tools.values()) / decisions,
      ...(learntFrom !== undefined && { learnt: learntFrom }),
    }),
  };
}

/** A rate with Wilson's 95% interval; null without trials. */
export function proportion(numerator: number, denominator: number): Measured {
  if (denominator === 0) return { value: null, numerator, denominator };
  const interval = wilsonInterval({ successes: numerator, trials: denominator });
  return { value: numerator / denominator, numerator, denominator, interval };
}
