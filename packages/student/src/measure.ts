import type { Answer } from './answer.ts';
import { canonicalTurn, sameTools, type Turn } from './turns.ts';
import type { TaughtDecision } from './types.ts';

/** What a student answered to a turn that it has not learnt from. */
export interface Measured {
  row: number;
  answer: Answer;
  /** Whether the whole turn is the teacher's; null where some of its arguments are not known. */
  agrees: boolean | null;
  sameTool: boolean;
}

export function isComparable(measured: Measured): measured is Measured & { agrees: boolean } {
  return measured.agrees !== null;
}

export function measureAnswers(question: {
  decisions: readonly TaughtDecision[];
  turns: readonly Turn[];
  rows: Int32Array;
  answer: (request: TaughtDecision) => Answer;
}): Measured[] {
  return Array.from(question.rows, (row) => {
    const { calls } = question.turns[row]!;
    const answer = question.answer(question.decisions[row]!);
    const taught = canonicalTurn(calls);
    return {
      row,
      answer,
      agrees: taught === null ? null : canonicalTurn(answer.calls) === taught,
      sameTool: sameTools(answer.calls, calls),
    };
  });
}
