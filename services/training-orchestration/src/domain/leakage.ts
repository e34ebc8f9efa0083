import type { Measured } from '@retort/contracts';
import { canonicalCall, canonicalJson, hash32 } from '@retort/kernel';
import type { TaughtDecision } from '@retort/student';

/** Decisions whose context and call also occur, exactly, in another group. Groups are never split between learning and
 *  calibration, but a copy in another group would carry the answer across. Decisions without a group
 *  are split by their context, so that copies among them stay together. */
export function countLeakage(decisions: readonly TaughtDecision[]): Measured {
  const groupsOf = new Map<string, { groups: Set<string>; decisions: number }>();
  for (const decision of decisions) {
    const content = `${canonicalJson(decision.context)}\n${canonicalCall(decision.call)}`;
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

/** Agreement of always making the most frequent tool's call: what a student must beat to be worth anything. */
export function majorityBaseline(decisions: readonly TaughtDecision[]): number | null {
  const counts = new Map<string | null, number>();
  for (const { call } of decisions) counts.set(call.tool, (counts.get(call.tool) ?? 0) + 1);
  return decisions.length === 0 ? null : Math.max(...counts.values()) / decisions.length;
}
