/** δ_k = 6δ/(π²k²): what the k-th look at the same calibration turns, or the k-th version, may spend, for Σ 1/k² = π²/6.
 *  `attempt` counts from 1. */
export function spentDelta(delta: number, attempt: number): number {
  return (6 * delta) / (Math.PI ** 2 * attempt ** 2);
}

/** No capital grows beyond: more of it says nothing more, and sums and products of it stay numbers. */
export const greatestEvidence = 1e100;

/** Evidence that more than a share p0 of the answers are wrong, from audited answers. */
export interface AuditEvidence {
  /** p0: the share of wrong answers that is allowed. */
  allowed: number;
  /** Capital of the bets on each alternative. */
  capital: readonly number[];
  audits: number;
  wrong: number;
  /** Σ weights, and Σ weights of wrong audits: their quotient estimates the share of wrong answers. */
  weight: number;
  weightWrong: number;
}

/** No evidence yet. p0 is 1 − target where the guarantee is the slice's own, else 1 − floor. RangeError unless 0 < p0 < 1. */
export function noAudits(allowed: number): AuditEvidence {
  if (!(allowed > 0 && allowed < 1))
    throw new RangeError(`The allowed share of wrong answers is ${allowed}. It must be between 0 and 1, exclusive.`);
  return { allowed, capital: alternatives(allowed).map(() => 0), audits: 0, wrong: 0, weight: 0, weightWrong: 0 };
}

/** The shares of wrong answers p1 that are bet on: 1.5, 2 and 3 times p0, and no more than (1 + p0)/2. */
export function alternatives(allowed: number): number[] {
  return [1.5, 2, 3].map((factor) => Math.min(factor * allowed, (1 + allowed) / 2));
}

/** The likelihood ratio of one audit: p1/p0 when the answer is wrong, (1 − p1)/(1 − p0) when it is right. */
export function auditRatio(wrong: boolean, { allowed, alternative }: { allowed: number; alternative: number }): number {
  return wrong ? alternative / allowed : (1 - alternative) / (1 - allowed);
}

/** Counts one audit. `weight` is w = π_min/π for an answer that was audited with probability π ≥ π_min: needed where π
 *  depends on what was answered, and 1 elsewhere. A bet's factor is 1 + w·(r − 1), r the likelihood ratio; the mean over
 *  what is served is then at most 1 whatever π was. */
export function countAudit(
  evidence: AuditEvidence,
  { wrong, weight = 1 }: { wrong: boolean; weight?: number },
): AuditEvidence {
  const { allowed, audits } = evidence;
  const bets = alternatives(allowed);
  const stake = (reserveAfter(audits) - reserveAfter(audits + 1)) / bets.length;
  return {
    allowed,
    capital: bets.map((alternative, bet) => {
      const factor = 1 + weight * (auditRatio(wrong, { allowed, alternative }) - 1);
      return Math.min(greatestEvidence, (evidence.capital[bet]! + stake) * factor);
    }),
    audits: audits + 1,
    wrong: evidence.wrong + (wrong ? 1 : 0),
    weight: evidence.weight + weight,
    weightWrong: evidence.weightWrong + (wrong ? weight : 0),
  };
}

/** The e-value, 1e100 at most. While no more than p0 are wrong, it ever reaches 1/δ with probability δ at most (Ville 1939), whenever one
 *  looks. Half of the capital is bet from the first audit on, the rest bit by bit: the product alone would lose, over a
 *  long sound time, what it takes to notice that answers have become wrong. */
export function evidenceOf({ capital, audits }: AuditEvidence): number {
  return Math.min(
    greatestEvidence,
    capital.reduce((total, one) => total + one, reserveAfter(audits)),
  );
}

/** Whether a slice is withdrawn: e ≥ G/δ, so that with probability 1 − δ none of G sound slices ever is. */
export function isRefuted(evidence: AuditEvidence, { delta, slices }: { delta: number; slices: number }): boolean {
  return evidenceOf(evidence) >= slices / delta;
}

/** The capital that is not at stake after so many audits: 1 before the first, ½·ln 2/ln(n + 1) then. */
function reserveAfter(audits: number): number {
  return audits === 0 ? 1 : (0.5 * Math.LN2) / Math.log(audits + 1);
}
