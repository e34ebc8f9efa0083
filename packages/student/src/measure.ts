import { canonicalCall } from '@retort/kernel';
import type { Answer } from './answer.ts';
import type { TaughtDecision } from './types.ts';

/** What a student answered to a decision that it has not learnt from. */
export interface Measured {
  row: number;
  answer: Answer;
  /** Whether the whole call is the teacher's; null where its arguments are not known. */
  agrees: boolean | null;
  sameTool: boolean;
}

export function isComparable(measured: Measured): measured is Measured & { agrees: boolean } {
  return measured.agrees !== null;
}

export function measureAnswers(question: {
  decisions: readonly TaughtDecision[];
  rows: Int32Array;
  answer: (request: TaughtDecision) => Answer;
}): Measured[] {
  return Array.from(question.rows, (row) => {
    const decision = question.decisions[row]!;
    const answer = question.answer(decision);
    return {
      row,
      answer,
      agrees: decision.call.parameters !== null ? canonicalCall(answer.call) === canonicalCall(decision.call) : null,
      sameTool: answer.call.tool === decision.call.tool,
    };
  });
}
