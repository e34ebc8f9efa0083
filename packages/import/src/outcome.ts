import { listIn, member, numberIn, objectIn } from './shapes.ts';
import type { Exchange } from './exchange.ts';

/** What a log says became of an exchange: an outcome in Retort's own form, a score or feedback (0 is the worst, and 1 or more
 *  good), or a mark of success. undefined where it says nothing. */
export function outcomeIn(fields: Record<string, unknown>): Exchange['outcome'] | undefined {
  const told = objectIn(fields['outcome']);
  if (told) return told;
  const success = member(fields, 'success');
  if (typeof success === 'boolean') return { success };
  const score = scoreIn(member(fields, 'score', 'feedback', 'feedback_score', 'scores', 'feedback_stats'));
  return score === undefined ? undefined : { success: score >= 0.5, score };
}

/** One score, or the mean of many: `0.5`, `[{ "value": 1 }]` (Langfuse), `{ "correctness": { "avg": 1 } }` (LangSmith). */
function scoreIn(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  const single = numberIn(value);
  if (single !== undefined) return single;
  const many = listIn(value) ?? Object.values(objectIn(value) ?? {});
  const scores = many.flatMap((item) => {
    const fields = objectIn(item);
    const score = fields ? numberIn(member(fields, 'value', 'score', 'avg')) : numberIn(item);
    return score === undefined ? [] : [score];
  });
  return scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length;
}
