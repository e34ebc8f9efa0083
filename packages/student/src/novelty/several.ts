import { seededRandom, type JsonObject } from '@retort/kernel';
import { SEVERAL_CALLS } from '../head/model.ts';
import type { TaughtDecision } from '../types.ts';
import { joined } from './texts.ts';

/** A request made of two that call different tools: what an answer of several calls looks like, as long as no teacher has
 *  shown one. It teaches and tests the head, and calibrates nothing. */
export interface JoinedRequest {
  context: JsonObject;
  tools: TaughtDecision['tools'];
  agent: string | undefined;
  /** The fold of both; what learnt from either has seen this request. */
  fold: number;
  of: readonly [string, string];
}

/** One for so many decisions, and no more than this. */
const SHARE = 0.1;
const MOST = 2000;

/** Joins decisions of one fold at random. */
export function joinRequests(
  decisions: readonly TaughtDecision[],
  { answers, fold, seed }: { answers: readonly (string | null)[]; fold: Int32Array; seed: number },
): JoinedRequest[] {
  const random = seededRandom(`several/${seed}`);
  const byFold = new Map<number, number[]>();
  answers.forEach((answer, row) => {
    if (answer === null || answer === SEVERAL_CALLS) return;
    const known = byFold.get(fold[row]!);
    if (known) known.push(row);
    else byFold.set(fold[row]!, [row]);
  });
  const wanted = Math.min(MOST, Math.floor(SHARE * decisions.length));
  const made: JoinedRequest[] = [];
  for (let tried = 0; tried < 3 * wanted && made.length < wanted; tried++) {
    const first = random.integer(decisions.length);
    const others = byFold.get(fold[first]!) ?? [];
    if (others.length === 0 || answers[first] === null || answers[first] === SEVERAL_CALLS) continue;
    const second = random.pick(others);
    const of = [answers[first]!, answers[second]!] as const;
    if (of[0] === of[1]) continue;
    const context = joined(decisions[first]!.context, decisions[second]!.context, random);
    const { tools, agent } = decisions[first]!;
    if (context) made.push({ context, tools, agent, fold: fold[first]!, of });
  }
  return made;
}
