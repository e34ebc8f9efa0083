import { canonicalCall, isFault, type Call } from '@retort/kernel';
import type { Teacher } from '@retort/llm';
import type { LabelledDecision } from '@retort/student';
import { sideBySide } from '../../app/side-by-side.ts';
import { proportion } from '../../domain/calibration-report.ts';
import { majorityBaseline } from '../../domain/leakage.ts';
import type { TrainedModel } from '../../domain/trained-model.ts';

/** An answer that is no call, or the call of a tool nobody offered, is a wrong answer and no failure of the endpoint. */
const wrongAnswers = new Set(['llm.malformed-call', 'llm.tool-not-offered', 'llm.empty-answer']);

/** Asks a hosted model for decisions that it was not tuned on. It answers everything, so what it serves is everything. */
export async function compareWithTeacher(
  hosted: Teacher,
  { decisions, signal }: { decisions: readonly LabelledDecision[]; signal: AbortSignal },
): Promise<TrainedModel['evaluation']> {
  if (decisions.length === 0) return null;
  const answers = await sideBySide(decisions, (decision) => answerOf(hosted, decision, signal));
  const sameTool = answers.filter((call, index) => call?.tool === decisions[index]!.call.tool).length;
  const sameCall = answers.filter(
    (call, index) => call !== null && canonicalCall(call) === canonicalCall(decisions[index]!.call),
  ).length;
  const [tool, call] = [proportion(sameTool, decisions.length), proportion(sameCall, decisions.length)];
  return {
    source: 'held-out decisions, asked of the hosted model',
    report: {
      decisions: decisions.length,
      tool_agreement: tool,
      call_agreement: call,
      coverage: proportion(decisions.length, decisions.length),
      served_tool_agreement: tool,
      served_call_agreement: call,
      majority_baseline: majorityBaseline(decisions),
    },
  };
}

async function answerOf(hosted: Teacher, decision: LabelledDecision, signal: AbortSignal): Promise<Call | null> {
  try {
    return (await hosted.decide({ context: decision.context, tools: decision.tools, signal })).call;
  } catch (error) {
    if (isFault(error) && wrongAnswers.has(error.code)) return null;
    throw error;
  }
}
