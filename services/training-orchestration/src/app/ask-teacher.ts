import { teacherDecisionId, type DecisionInput, type DecisionView } from '@retort/contracts';
import { isFault, type JsonObject } from '@retort/kernel';
import { createBudget, mapConcurrently, type Teacher } from '@retort/llm';
import type { TeacherRequest } from './teacher-requests.ts';
import type { Undecided } from './undecided.ts';

/** Questions to the teacher at a time. */
const concurrency = 8;

/** One answer that is no call costs that one; an endpoint that is away costs them all, and is tried again later. */
const noAnswer = new Set(['llm.malformed-call', 'llm.tool-not-offered', 'llm.empty-answer', 'llm.request-refused']);

/** Asks the teacher for the decisions it has not made, within a budget of calls, records them in the log, and has the
 *  history curated again: what comes of that is trained on like any other data. */
export async function askTeacher(
  { undecided, teacher }: { undecided: Undecided; teacher: Teacher },
  { calls, signal }: { calls: number; signal: AbortSignal },
): Promise<TeacherRequest> {
  const missing = await undecided.find(calls, signal);
  const budget = createBudget({ calls });
  const answers = await mapConcurrently(missing, concurrency, async (decision): Promise<DecisionInput | null> => {
    const tools = await undecided.toolset(decision.toolset);
    try {
      const context = decision.context as JsonObject;
      const { calls, confidence, model } = await teacher.decide({
        context,
        tools,
        budget,
        signal,
        parallelCalls: true,
      });
      return decided(decision, {
        tool_calls: calls.flatMap(({ tool, parameters }) => (tool === null ? [] : [{ tool, parameters }])),
        teacher_model: model,
        ...(confidence !== null && { teacher_confidence: confidence }),
      });
    } catch (error) {
      if (isFault(error) && noAnswer.has(error.code)) return null;
      throw error;
    }
  });
  const decisions = answers.filter((answer) => answer !== null);
  if (decisions.length === 0) return { asked: missing.length, answered: 0, curationRun: null };
  await undecided.record(decisions);
  return { asked: missing.length, answered: decisions.length, curationRun: await undecided.curate() };
}

/** The same request, decided by the teacher. */
function decided(
  { id, agent_id, context, toolset, group, occurred_at }: DecisionView,
  answer: Pick<DecisionInput, 'tool_calls' | 'teacher_model' | 'teacher_confidence'>,
): DecisionInput {
  return {
    id: teacherDecisionId(id),
    agent_id,
    context,
    toolset,
    ...(group !== null && group !== undefined && { group }),
    timestamp: occurred_at,
    decided_by: { kind: 'teacher' },
    ...answer,
  };
}
