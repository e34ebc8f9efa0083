import type { TextScale } from './model.ts';
import type { OfferedTools } from './toolset.ts';

/** Adds what tools say of themselves to the logits of those that training saw little or nothing of, so that trained and unseen
 *  tools compete on one scale: a tool with n training decisions keeps n / (n + 10) of its own logit.
 *  `logits` are −Infinity for an unseen tool; `similar` is of the tools, which come first among the answers. */
export function textScores(
  logits: Float64Array,
  similar: Float64Array,
  { offered, scale }: { offered: OfferedTools; scale: TextScale },
): void {
  const reference = referenceOf(similar, offered);
  for (let index = 0; index < similar.length; index++) {
    const evidence = offered.evidence[index]!;
    if (evidence === 1) continue;
    const own = textScore(similar[index]!, reference, scale) - offered.handicap[index]!;
    logits[index] = evidence === 0 ? own : evidence * logits[index]! + (1 - evidence) * own;
  }
}

export function textScore(similarity: number, reference: number, scale: TextScale): number {
  return scale.intercept + scale.similarity * similarity + scale.relative * (similarity - reference);
}

/** The highest similarity among tools that training saw; 0 where none is on offer. */
export function referenceOf(similar: Float64Array, { evidence }: OfferedTools): number {
  let highest = 0;
  for (let index = 0; index < similar.length; index++)
    if (evidence[index]! > 0 && similar[index]! > highest) highest = similar[index]!;
  return highest;
}
