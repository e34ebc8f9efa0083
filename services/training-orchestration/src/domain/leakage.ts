import type { Measured } from '@retort/contracts';
import { canonicalJson, canonicalTurn, hash32, type RecordedCall } from '@retort/kernel';
import type { TaughtDecision } from '@retort/student';

/** Decisions whose context and turn also occur, exactly, in another group. Groups are never split between learning and
 *  calibration, but a copy in another group would carry the answer across. Decisions without a group
 *  are split by their context, so that copies among them stay together. */
export function countLeakage(decisions: readonly TaughtDecision[]): Measured {
  const groupsOf = new Map<string, { groups: Set<string>; decisions: number }>();
  for (const decision of decisions) {
    const content = `${canonicalJson(decision.context)}\n${canonicalTurn(callsOf(decision))}`;
    const key = `${content.length}:${hash32(content)}:${hash32(content, 0x5bd1e995)}`;
    const seen = groupsOf.get(key) ?? { groups: new Set(), decisions: 0 };
    seen.groups.add(decision.group ?? '');
    seen.decisions++;
    groupsOf.set(key, seen);
  }
  let copies = 0;
  for (const { groups, decisions: count } of groupsOf.values()) if (groups.size > 1) copies += count;
  const total = decisions.length;
  return { value: total === 0 ? null : copies / total, numerator: copies, denominator: total };
}

/** Tool agreement, among turns with a call, of always calling the tools that are called most often: what a student must beat
 *  to be worth anything. */
export function majorityBaseline(decisions: readonly TaughtDecision[]): number | null {
  const counts = new Map<string, number>();
  let turns = 0;
  for (const decision of decisions) {
    const tools = callsOf(decision).map(({ tool }) => tool);
    if (tools.length === 0) continue;
    const key = JSON.stringify(tools.sort());
    counts.set(key, (counts.get(key) ?? 0) + 1);
    turns++;
  }
  return turns === 0 ? null : Math.max(...counts.values()) / turns;
}

/** All calls of a turn; none for words. */
export function callsOf({ call, toolCalls = [call], answer }: TaughtDecision): RecordedCall[] {
  return answer === 'words' ? [] : toolCalls.filter(({ tool }) => tool !== null);
}
