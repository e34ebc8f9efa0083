import type { PairedComparison } from '@retort/contracts';
import { mcnemar } from '@retort/statistics';
import type { HeldOutTurn as StudentTurn } from '@retort/student';
import type { GateReason } from './gate-reason.ts';

/** A difference is clear when chance explains it with at most this probability, and when it is large enough to matter:
 *  with many turns a difference of no consequence would be significant too. Shares of the turns compared. */
const clearly = { level: 0.01, servedLess: 0.02, wrongMore: 0.01 } as const;

/** Whether the version that serves now is clearly better on turns that neither has learnt from: it answers more of them, or
 *  fewer wrongly. Paired by McNemar's exact test: only turns that the two treat differently count. */
export function clearlyBehind({ serving, turns, served_only, wrong_only }: PairedComparison): GateReason[] {
  const reasons: GateReason[] = [];
  const less = served_only.serving - served_only.challenger;
  const servesLess = mcnemar({ onlyFirst: served_only.serving, onlySecond: served_only.challenger }).secondLess;
  if (servesLess <= clearly.level && less > clearly.servedLess * turns)
    reasons.push({
      code: 'gate.serves-less',
      message: `Of the same ${turns} held-out turns it serves ${less} fewer than ${serving}: ${served_only.serving} only ${serving} serves, ${served_only.challenger} only this one (p = ${servesLess.toPrecision(2)}).`,
    });
  const more = wrong_only.challenger - wrong_only.serving;
  const fewerWrong = mcnemar({ onlyFirst: wrong_only.challenger, onlySecond: wrong_only.serving }).secondLess;
  if (fewerWrong <= clearly.level && more > clearly.wrongMore * turns)
    reasons.push({
      code: 'gate.serves-worse',
      message: `Of the same ${turns} held-out turns it serves ${more} more wrong answers than ${serving}: ${wrong_only.challenger} against ${wrong_only.serving} that the other does not (p = ${fewerWrong.toPrecision(2)}).`,
    });
  return reasons;
}

/** What a version does with a turn that it has not learnt from. */
export interface HeldOutTurn {
  id: string;
  served: boolean;
  /** Served, and not the teacher's answer. */
  wrong: boolean;
}

/** What counts in a comparison: turns that chose the version's threshold. */
export function compared(turns: readonly StudentTurn[]): HeldOutTurn[] {
  return turns
    .filter(({ deciding }) => deciding)
    .map(({ id, served, agrees }) => ({ id, served, wrong: served && agrees !== true }));
}

/** Pairs the turns that both were asked. null without any. */
export function pairTurns(
  serving: string,
  { ofServing, ofChallenger }: { ofServing: Iterable<HeldOutTurn>; ofChallenger: Iterable<HeldOutTurn> },
): PairedComparison | null {
  const answered = new Map([...ofServing].map((turn) => [turn.id, turn]));
  const comparison: PairedComparison = {
    serving,
    turns: 0,
    served_only: { serving: 0, challenger: 0 },
    wrong_only: { serving: 0, challenger: 0 },
  };
  for (const challenger of ofChallenger) {
    const champion = answered.get(challenger.id);
    if (!champion) continue;
    comparison.turns++;
    if (champion.served !== challenger.served) comparison.served_only[champion.served ? 'serving' : 'challenger']++;
    if (champion.wrong !== challenger.wrong) comparison.wrong_only[champion.wrong ? 'serving' : 'challenger']++;
  }
  return comparison.turns === 0 ? null : comparison;
}
