import { hash32, seededRandom } from '@retort/kernel';
import type { Interpretation } from '../mind.ts';

/** Which interpretation the teacher settles on, and how sure it says it is. */
export interface Opinion {
  chosen: Interpretation;
  /** The next best interpretation, if any. */
  other: Interpretation | undefined;
  confidence: number;
}

/** Readings closer than this to the best one leave the teacher in doubt. */
const inDoubt = 0.9;

/** Settles on a reading. In doubt, the teacher takes the second one with probability `noise` (at a full tie; less as
 *  the readings part), so that asked again it may answer otherwise. `draw` names the occasion: the same occasion gives
 *  the same opinion. Confidence falls with the second reading's closeness and with what was not understood. */
export function opinionOn(interpretations: readonly Interpretation[], noise: number, draw: string): Opinion {
  const random = seededRandom(hash32(draw));
  const [first, second] = interpretations;
  if (!first) throw new Error('an opinion needs at least one interpretation');
  const closeness = second && first.score > 0 ? second.score / first.score : 0;
  const doubt = Math.max(0, (closeness - inDoubt) / (1 - inDoubt));
  const swayed = second !== undefined && random.next() < noise * doubt;
  const understood = 0.7 + 0.3 * Math.min(1, first.score);
  const confidence = (0.99 - 0.45 * closeness ** 6) * understood + 0.02 * (random.next() - 0.5);
  return {
    chosen: swayed ? second : first,
    other: swayed ? first : second,
    confidence: Math.min(0.999, Math.max(0.05, swayed ? confidence * 0.9 : confidence)),
  };
}
