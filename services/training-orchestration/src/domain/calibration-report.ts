import type { AgreementReport, Measured, SlicePromise } from '@retort/contracts';
import { wilsonInterval } from '@retort/statistics';
import type { StudentCard } from '@retort/student';

/** What a student's card says of the decisions it was calibrated on, as the report the gate reads. Agreement of tools
 *  counts all of them, agreement of calls those whose arguments are known; coverage (of the turns with a call) and what is served
 *  count those that chose the threshold. Tool agreement at the threshold is not on the card: it stays unmeasured rather than guessed. */
export function calibrationReport(card: StudentCard, majorityBaseline: number | null): AgreementReport {
  const { agreement, served, turns } = card;
  const of = (value: number | null, decisions: number) =>
    value === null ? proportion(0, 0) : proportion(Math.round(value * decisions), decisions);
  return {
    decisions: agreement.decisions,
    tool_agreement: of(agreement.tool, agreement.decisions),
    call_agreement: of(agreement.call, agreement.calls ?? agreement.decisions),
    coverage: proportion(turns.toolServed, turns.tool),
    served_tool_agreement: proportion(0, 0),
    served_call_agreement: proportion(served.decisions - served.disagreements, served.decisions),
    majority_baseline: majorityBaseline,
  };
}

/** Where the decisions of `calibrationReport` came from. */
export function calibrationSource(card: StudentCard): string {
  return card.calibration.method === 'none' ? 'no calibration' : `${card.calibration.method} calibration`;
}

/** What the card says of single tools and agents. */
export function slicePromises(card: StudentCard): SlicePromise[] {
  return (card.slices?.of ?? []).map(({ by, name, threshold, promised, withheld, ...counts }) => ({
    by,
    name,
    call_agreement: proportion(counts.agreements, counts.decisions),
    served_call_agreement: proportion(counts.served - counts.disagreements, counts.served),
    threshold,
    promised,
    withheld,
  }));
}

export function proportion(numerator: number, denominator: number): Measured {
  if (denominator === 0) return { value: null, numerator, denominator };
  return {
    value: numerator / denominator,
    numerator,
    denominator,
    interval: wilsonInterval({ successes: numerator, trials: denominator }),
  };
}
