import {
  slicesInWords,
  type AgreementReport,
  type Guarantee,
  type Measured,
  type PairedComparison,
  type SliceGuarantee,
} from '@retort/contracts';
import { clearlyBelow, clopperPearsonLower, minimumServed, spentDelta } from '@retort/statistics';
import { floorOf } from '@retort/student';
import { clearlyBehind } from './comparison.ts';
import type { GateReason } from './gate-reason.ts';

/** What a student must show before it may answer in the teacher's place (docs/adr says why). */
export interface GatePolicy {
  /** The target is what the student guarantees, and never less than this. */
  floor: number;
  /** One-sided confidence of the lower bound: what the student guarantees, and never less than this. */
  confidence: number;
  /** The largest share of decisions that may have an exact copy in another group: copies would be tested on what was
   *  learnt from. */
  leakage: number;
  /** No tool may agree, among what is served of it, in clearly less than this share. */
  toolFloor: number;
  /** Floors of single tools, where they have one of their own. */
  toolFloors?: Readonly<Record<string, number>>;
}

export const defaultGatePolicy: GatePolicy = { floor: 0.9, confidence: 0.95, leakage: 0.01, toolFloor: 0.8 };

export interface GateEvidence {
  guarantee: Guarantee;
  /** k: how often the model's guarantee was asked of calibration turns; absent where that was not counted. */
  attempt?: number | undefined;
  report: AgreementReport;
  /** Where the decisions of the report came from, for the words. */
  source: string;
  /** Decisions with an exact copy in another group, of all; absent when it was not counted. */
  leakage?: Measured | undefined;
  /** Absent from students that were trained before there were slices. */
  slices?: readonly SliceGuarantee[] | undefined;
  /** What serves now, for comparison. */
  serving: { version: string; coverage: number | null } | null;
  /** With what serves now, on the same turns. */
  comparison?: PairedComparison | undefined;
  /** Codes of what the comparison may find and the approver accepts. */
  accepted?: readonly string[];
}

export type GateVerdict = { pass: true; reason: string } | { pass: false; reasons: [GateReason, ...GateReason[]] };

/** Decides whether a student may serve. It compares the exact *lower bound* of agreement with the target: a point
 *  estimate of 95 in 100 is compatible with a true rate of 0.89. */
export function judge(evidence: GateEvidence, policy: GatePolicy): GateVerdict {
  const demand = demandOf(evidence, policy);
  const refusals = [
    leaks(evidence, policy),
    lacksProof(evidence, demand),
    belowFloor(evidence, policy),
    ...isBehind(evidence),
  ].filter((reason) => reason !== null);
  const [first, ...others] = refusals;
  if (first) return { pass: false, reasons: [first, ...others] };
  return { pass: true, reason: [proof(evidence, demand), ...sliceNote(evidence), ...coverageNote(evidence)].join(' ') };
}

function leaks({ leakage }: GateEvidence, policy: GatePolicy): GateReason | null {
  if (!leakage || leakage.value === null || leakage.value <= policy.leakage) return null;
  return {
    code: 'gate.leakage',
    message: `${leakage.numerator} of ${leakage.denominator} decisions have an exact copy in another group, so some were tested on what was learnt from; at most ${percent(policy.leakage)} may.`,
  };
}

/** A comparison with another version than the one that serves now says nothing. */
function isBehind({ comparison, serving, accepted = [] }: GateEvidence): GateReason[] {
  if (!comparison || comparison.serving !== serving?.version) return [];
  return clearlyBehind(comparison).filter(({ code }) => !accepted.includes(code));
}

/** The upper end of a wide interval is compared, so that noise alone refuses no tool, however few its decisions. What the
 *  student leaves to the teacher anyway does no harm. */
function belowFloor({ slices = [] }: GateEvidence, policy: GatePolicy): GateReason | null {
  const below = slices.filter(
    ({ by, name, withheld, served_call_agreement: { numerator, denominator } }) =>
      by === 'tool' && !withheld && clearlyBelow({ successes: numerator, trials: denominator }, floorOf(policy, name)),
  );
  if (below.length === 0) return null;
  const named = below.map(
    ({ name, served_call_agreement }) =>
      `${name ?? 'no tool'} (${rate(served_call_agreement)}; its floor is ${percent(floorOf(policy, name))})`,
  );
  return {
    code: 'gate.tool-floor',
    message: `Of what would be served of them, these tools agree in clearly less than they must: ${named.join(', ')}.`,
  };
}

function lacksProof(evidence: GateEvidence, { target, confidence }: Demand): GateReason | null {
  const { guarantee, report } = evidence;
  const served = report.served_call_agreement;
  const needed = minimumServed(target, 1 - confidence);
  const available = report.coverage.denominator;
  if (available < needed)
    return {
      code: 'gate.too-few-decisions',
      message: `${available} decisions were there to test on. Even without a single disagreement ${needed} are needed to show ${percent(target)} at ${percent(confidence)} confidence.`,
    };
  if (guarantee.threshold === null || guarantee.kind === 'none')
    return {
      code: 'gate.no-threshold',
      message: `No threshold keeps the guaranteed ${percent(guarantee.target)} on ${available} ${evidence.source} decisions; the student alone agrees on ${rate(report.call_agreement)}.`,
    };
  if (served.denominator < needed)
    return {
      code: 'gate.too-few-decisions',
      message: `The student would serve ${served.denominator} of ${available} ${evidence.source} decisions; ${needed} are needed to show ${percent(target)} at ${percent(confidence)} confidence.`,
    };
  const bound = lowerBound(served, confidence);
  if (bound < target)
    return {
      code: 'gate.agreement-lower-bound',
      message: `Of what it would serve the student agrees on ${rate(served)}; the lower bound at ${percent(confidence)} confidence is ${bound.toFixed(4)}, below the target ${target}.`,
    };
  return null;
}

/** The exact lower bound of agreement (Clopper and Pearson). With the threshold found by Learn then Test on the same
 *  decisions, it reaches the target exactly when that test passed. */
export function lowerBound(served: Measured, confidence: number): number {
  return clopperPearsonLower({ successes: served.numerator, trials: served.denominator }, confidence);
}

interface Demand {
  target: number;
  /** Of this attempt's test: δ is spent over all attempts. */
  confidence: number;
}

function demandOf({ guarantee, attempt }: GateEvidence, policy: GatePolicy): Demand {
  const confidence = Math.max(guarantee.confidence, policy.confidence);
  return {
    target: Math.max(guarantee.target, policy.floor),
    confidence: attempt === undefined ? confidence : 1 - spentDelta(1 - confidence, attempt),
  };
}

function proof({ guarantee, report, source }: GateEvidence, { target, confidence }: Demand): string {
  const served = report.served_call_agreement;
  const approximate = guarantee.kind === 'ltt-cross-fitted' ? ' Cross-fitted, so the guarantee is approximate.' : '';
  return `Serves ${rate(report.coverage)} of ${source} decisions and agrees on ${rate(served)}; lower bound ${lowerBound(served, confidence).toFixed(4)} meets the target ${target} at ${percent(confidence)} confidence.${approximate}`;
}

function sliceNote({ slices }: GateEvidence): string[] {
  const words = slicesInWords(slices);
  return words === null ? [] : [words];
}

/** A student that serves less than the one before may still be right to deploy, but nobody should have to find out. */
function coverageNote({ report, serving }: GateEvidence): string[] {
  const [now, before] = [report.coverage.value, serving?.coverage ?? null];
  if (now === null || before === null || now >= before) return [];
  return [`Coverage falls from ${percent(before)} (${serving!.version}) to ${percent(now)}.`];
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))}%`;
const rate = ({ value, numerator, denominator }: Measured) =>
  value === null ? 'none' : `${numerator} of ${denominator} (${percent(value)})`;
