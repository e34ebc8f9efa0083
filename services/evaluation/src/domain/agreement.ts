import {
  callsOf,
  type AgreementReport,
  type EvaluationSample,
  type Measured,
  type PredictionView,
  type ToldTurn,
  type ToolCall,
} from '@retort/contracts';
import { canonicalTurn, type JsonObject } from '@retort/kernel';
import { wilsonInterval } from '@retort/statistics';

/** A turn whose right answer is the teacher's. */
export interface Labelled extends ToldTurn {
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
  const calls = callsOf(teacher);
  return {
    index: teacher.index,
    id: teacher.id,
    verdict: verdictOf(calls, proposal),
    teacher: { tool_selected: teacher.tool_selected, tool_parameters: teacher.tool_parameters, tool_calls: calls },
    student: proposal && {
      tool_selected: proposal.tool_selected,
      tool_parameters: proposal.tool_parameters,
      tool_calls: proposal.tool_calls,
    },
    confidence: prediction.confidence,
    served_by: prediction.served_by === 'student' ? 'student' : 'teacher',
    ...(typeof prediction.novelty === 'number' && { novelty: prediction.novelty }),
    ...(teacher.learnt !== undefined && { learnt: teacher.learnt }),
  };
}

/** Whole turns are compared, the order of their calls does not matter. */
function verdictOf(teacher: readonly ToolCall[], proposal: PredictionView['proposal']): EvaluationSample['verdict'] {
  if (!proposal || toolsOf(proposal.tool_calls) !== toolsOf(teacher)) return 'other-tool';
  if (!isKnown(teacher)) return 'same-tool';
  return canonicalTurn(recorded(proposal.tool_calls)) === canonicalTurn(recorded(teacher)) ? 'same-call' : 'same-tool';
}

const toolsOf = (calls: readonly { tool: string }[]) => JSON.stringify(calls.map(({ tool }) => tool).sort());
const isKnown = (calls: readonly { parameters: unknown }[]) => calls.every(({ parameters }) => parameters !== null);
const recorded = (calls: readonly Pick<ToolCall, 'tool' | 'parameters'>[]) =>
  calls.map(({ tool, parameters }) => ({ tool, parameters: parameters as JsonObject | null }));

/** Counts samples one by one, so that an evaluation of any size needs no memory. What a version learnt from says nothing of
 *  how it does on new requests: those samples are counted apart, and in no figure. */
export interface AgreementCount {
  add(sample: EvaluationSample): void;
  report(): AgreementReport;
}

export function agreementCount(): AgreementCount {
  const [called, words] = [turnCount(), turnCount()];
  const noTool = { proposed: 0, right: 0 };
  let learntFrom: number | undefined;
  const tools = new Map<string, number>();
  return {
    add(sample) {
      const { teacher, student, learnt } = sample;
      if (learnt !== undefined) learntFrom = (learntFrom ?? 0) + (learnt ? 1 : 0);
      if (learnt) return;
      const calls = callsOf(teacher);
      (calls.length === 0 ? words : called).add(sample, isKnown(calls));
      if (student && callsOf(student).length === 0) {
        noTool.proposed++;
        if (calls.length === 0) noTool.right++;
      }
      if (calls.length > 0) tools.set(toolsOf(calls), (tools.get(toolsOf(calls)) ?? 0) + 1);
    },
    report() {
      const [c, w] = [called.counts, words.counts];
      const both = (field: keyof TurnCounts) => c[field] + w[field];
      return {
        decisions: both('turns'),
        tool_agreement: proportion(c.sameTool, c.turns),
        call_agreement: proportion(c.sameCall, c.known),
        coverage: proportion(c.served, c.turns),
        served_tool_agreement: proportion(both('servedSameTool'), both('served')),
        served_call_agreement: proportion(both('servedSameCall'), both('servedKnown')),
        majority_baseline: c.turns === 0 ? null : Math.max(...tools.values()) / c.turns,
        tool_turns: c.turns,
        words: w.turns,
        words_served: w.served,
        no_tool: proportion(noTool.right, noTool.proposed),
        all_turns: {
          tool_agreement: proportion(both('sameTool'), both('turns')),
          call_agreement: proportion(both('sameCall'), both('known')),
          coverage: proportion(both('served'), both('turns')),
        },
        ...(learntFrom !== undefined && { learnt: learntFrom }),
      };
    },
  };
}

interface TurnCounts {
  turns: number;
  /** Turns whose arguments are known. */
  known: number;
  sameTool: number;
  sameCall: number;
  served: number;
  servedKnown: number;
  servedSameTool: number;
  servedSameCall: number;
}

function turnCount() {
  const counts: TurnCounts = {
    turns: 0,
    known: 0,
    sameTool: 0,
    sameCall: 0,
    served: 0,
    servedKnown: 0,
    servedSameTool: 0,
    servedSameCall: 0,
  };
  return {
    counts,
    add({ verdict, served_by }: EvaluationSample, isKnown: boolean) {
      const [known, tool, call] = [isKnown, verdict !== 'other-tool', verdict === 'same-call'].map(Number) as [
        number,
        number,
        number,
      ];
      counts.turns++;
      counts.known += known;
      counts.sameTool += tool;
      counts.sameCall += call;
      if (served_by !== 'student') return;
      counts.served++;
      counts.servedKnown += known;
      counts.servedSameTool += tool;
      counts.servedSameCall += call;
    },
  };
}

/** A rate with Wilson's 95% interval; null without trials. */
export function proportion(numerator: number, denominator: number): Measured {
  if (denominator === 0) return { value: null, numerator, denominator };
  const interval = wilsonInterval({ successes: numerator, trials: denominator });
  return { value: numerator / denominator, numerator, denominator, interval };
}
