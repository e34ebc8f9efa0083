import type { Answer, Answerer } from './answer.ts';
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

export function isComparable<Of extends Measured>(measured: Of): measured is Of & { agrees: boolean } {
  return measured.agrees !== null;
}

export function measureAnswers(question: {
  decisions: readonly TaughtDecision[];
  turns: readonly Turn[];
  rows: Int32Array;
  /** How much of each decision a vocabulary of the others knows. */
  known: Float32Array;
  answer: Answerer;
}): Measured[] {
  return Array.from(question.rows, (row) => {
    const { calls } = question.turns[row]!;
    const answer = question.answer(question.decisions[row]!, question.known[row]);
    const taught = canonicalTurn(calls);
    return {
      row,
      answer,
      agrees: taught === null ? null : canonicalTurn(answer.calls) === taught,
      sameTool: sameTools(answer.calls, calls),
    };
  });
}

/** One of each: an answer that was logged twice is no second piece of evidence. Which one is drawn by lot: the first would
 *  hide a teacher who decided differently later. */
export function oneOfEach<Item>(items: readonly Item[], drawn: (item: Item) => { key: string; lot: number }): Item[] {
  const chosen = new Map<string, { item: Item; lot: number }>();
  for (const item of items) {
    const { key, lot } = drawn(item);
    const known = chosen.get(key);
    if (!known || lot < known.lot) chosen.set(key, { item, lot });
  }
  return [...chosen.values()].map(({ item }) => item);
}
