import type { AgreementReport, Measured, SliceGuarantee } from '@retort/contracts';
import { riskCoverage, wilsonInterval } from '@retort/statistics';
import type { HeldOutTurn, StudentCard } from '@retort/student';

/** What a student did with the turns that it had not learnt from, as the report the gate reads. Tools are compared on all of
 *  them, calls on those whose arguments are known; what is served is counted on those that chose the threshold. */
export function calibrationReport(turns: readonly HeldOutTurn[], majorityBaseline: number | null): AgreementReport {
  const deciding = turns.filter((turn) => turn.deciding);
  const served = deciding.filter((turn) => turn.served);
  const calls = turns.filter(isCall);
  const words = deciding.filter((turn) => !isCall(turn));
  return {
    decisions: turns.length,
    tool_agreement: share(calls, ({ sameTools }) => sameTools),
    call_agreement: share(calls.filter(isKnown), ({ agrees }) => agrees === true),
    coverage: share(deciding.filter(isCall), (turn) => turn.served),
    served_tool_agreement: share(served, ({ sameTools }) => sameTools),
    served_call_agreement: share(served, ({ agrees }) => agrees === true),
    majority_baseline: majorityBaseline,
    tool_turns: calls.length,
    words: turns.length - calls.length,
    words_served: words.filter((turn) => turn.served).length,
    no_tool: share(
      turns.filter(({ student }) => student === 'words'),
      (turn) => !isCall(turn),
    ),
    all_turns: {
      tool_agreement: share(turns, ({ sameTools }) => sameTools),
      call_agreement: share(turns.filter(isKnown), ({ agrees }) => agrees === true),
      coverage: share(deciding, (turn) => turn.served),
    },
    risk_coverage: riskCoverage(
      deciding.map(({ confidence, agrees }) => ({ confidence: confidence ?? NaN, wrong: agrees !== true })),
      { points: curvePoints },
    ),
  };
}

const curvePoints = 50;
const isCall = ({ teacher }: HeldOutTurn) => teacher !== 'words';
const isKnown = ({ agrees }: HeldOutTurn) => agrees !== null;

function share(turns: readonly HeldOutTurn[], has: (turn: HeldOutTurn) => boolean): Measured {
  return proportion(turns.filter(has).length, turns.length);
}

/** Where the decisions of `calibrationReport` came from. */
export function calibrationSource(card: StudentCard): string {
  return card.calibration.method === 'none' ? 'no calibration' : `${card.calibration.method} calibration`;
}

/** What the card says of single tools and agents. */
export function sliceGuarantees(card: StudentCard): SliceGuarantee[] {
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
