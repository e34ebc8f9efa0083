import { canonicalTurn, isFault, type Call } from '@retort/kernel';
import { mapConcurrently, type Teacher } from '@retort/llm';
import type { LabelledDecision } from '@retort/student';
import { proportion } from '../../domain/calibration-report.ts';
import { callsOf, majorityBaseline } from '../../domain/leakage.ts';
import type { TrainedModel } from '../../domain/trained-model.ts';

/** Questions to the endpoint at a time. */
const concurrency = 8;

/** An answer that is no call, or the call of a tool nobody offered, is a wrong answer and no failure of the endpoint. */
const wrongAnswers = new Set(['llm.malformed-call', 'llm.tool-not-offered', 'llm.empty-answer']);

/** Asks a hosted model for decisions that it was not tuned on. It answers everything, so what it serves is everything. */
export async function compareWithTeacher(
  hosted: Teacher,
  { decisions, signal }: { decisions: readonly LabelledDecision[]; signal: AbortSignal },
): Promise<TrainedModel['evaluation']> {
  if (decisions.length === 0) return null;
  const answers = await mapConcurrently(decisions, concurrency, async (decision) => ({
    teacher: callsOf(decision),
    hosted: await answerOf(hosted, decision, signal),
  }));
  const toolsOf = (calls: readonly { tool: string | null }[]) => JSON.stringify(calls.map(({ tool }) => tool).sort());
  const sameTools = ({ teacher, hosted }: (typeof answers)[number]) =>
    hosted !== null && toolsOf(teacher) === toolsOf(hosted);
  const sameTurn = ({ teacher, hosted }: (typeof answers)[number]) =>
    hosted !== null && canonicalTurn(teacher) === canonicalTurn(hosted);
  const share = (turns: typeof answers, has: (turn: (typeof answers)[number]) => boolean) =>
    proportion(turns.filter(has).length, turns.length);
  const called = answers.filter(({ teacher }) => teacher.length > 0);
  const everything = (turns: typeof answers) => share(turns, () => true);
  return {
    source: 'held-out decisions, asked of the hosted model',
    report: {
      decisions: answers.length,
      tool_agreement: share(called, sameTools),
      call_agreement: share(called, sameTurn),
      coverage: everything(called),
      served_tool_agreement: share(answers, sameTools),
      served_call_agreement: share(answers, sameTurn),
      majority_baseline: majorityBaseline(decisions),
      tool_turns: called.length,
      words: answers.length - called.length,
      words_served: answers.filter(({ teacher, hosted }) => teacher.length === 0 && hosted?.length !== 0).length,
      all_turns: {
        tool_agreement: share(answers, sameTools),
        call_agreement: share(answers, sameTurn),
        coverage: everything(answers),
      },
    },
  };
}

async function answerOf(hosted: Teacher, decision: LabelledDecision, signal: AbortSignal): Promise<Call[] | null> {
  try {
    const { context, tools } = decision;
    return [...(await hosted.decide({ context, tools, signal, parallelCalls: true })).calls];
  } catch (error) {
    if (isFault(error) && wrongAnswers.has(error.code)) return null;
    throw error;
  }
}
