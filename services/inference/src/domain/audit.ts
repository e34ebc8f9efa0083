import type { ServedSlice, SliceWithdrawn } from '@retort/contracts';
import { canonicalTurn, type Call } from '@retort/kernel';
import { evidenceOf, spentDelta, type AuditEvidence } from '@retort/statistics';
import { floorOf, type StudentCard } from '@retort/student';

/** What a version is held to while it serves, slice by slice. */
export interface Monitor {
  /** The slices of an answer, all that is served first. */
  slicesOf(answer: { tool: string | null; agent: string | undefined }): ServedSlice[];
  /** The share of wrong answers that a slice is allowed; null: any share, so that nothing is monitored. */
  allowed(slice: ServedSlice): number | null;
  /** G/δ: the e-value from which a slice is withdrawn. */
  needed(deployment: number): number;
}

/** What a card says that monitoring needs. */
export interface HeldTo {
  guarantee: Pick<StudentCard['guarantee'], 'target' | 'confidence'>;
  slices?: StudentCard['slices'];
}

/** All that is served is held to the guarantee, and so is a tool or an agent with a guarantee of its own; the others to their
 *  floor. δ is shared by the slices of the card, by the whole and by the agents that are not on the card, and spent over the
 *  versions of the model: the k-th that was deployed has δ_k. */
export function monitorOf({ guarantee, slices }: HeldTo): Monitor {
  const known = new Map((slices?.of ?? []).map((slice) => [keyOf(slice), slice]));
  const allowedByGuarantee = 1 - guarantee.target;
  return {
    slicesOf: ({ tool, agent }) => {
      const ofAgent = { by: 'agent', name: agent ?? null } as const;
      return [
        { by: 'all', name: null },
        { by: 'tool', name: tool },
        known.has(keyOf(ofAgent)) ? ofAgent : { by: 'agent', name: null },
      ];
    },
    allowed: (slice) => {
      if (slice.by === 'all' || known.get(keyOf(slice))?.promised) return allowedByGuarantee;
      const floor = slices ? floorOf(slices, slice.by === 'tool' ? slice.name : null) : 0;
      return floor > 0 && floor < 1 ? 1 - floor : null;
    },
    needed: (deployment) => (known.size + 2) / spentDelta(1 - guarantee.confidence, deployment),
  };
}

export function keyOf({ by, name }: { by: ServedSlice['by']; name: string | null }): string {
  return `${by}:${name ?? ''}`;
}

/** Whether an answer is not the teacher's: whole turns are compared, the order of their calls does not matter. */
export function isWrong(student: readonly Call[], teacher: readonly Call[]): boolean {
  return canonicalTurn(student) !== canonicalTurn(teacher);
}

export interface Withdrawal {
  model: string;
  modelVersion: string;
  slice: ServedSlice;
  evidence: AuditEvidence;
  needed: number;
}

export function withdrawnEvent({ model, modelVersion, slice, evidence, needed }: Withdrawal): SliceWithdrawn {
  const { allowed, audits, wrong, weight, weightWrong } = evidence;
  return {
    model,
    model_version: modelVersion,
    slice,
    allowed,
    estimate: weightWrong / weight,
    audits,
    wrong,
    evidence: evidenceOf(evidence),
    needed,
    reason: `Of ${audits} audited answers ${inWords(slice)} ${wrong} were not the teacher’s; ${Number((100 * allowed).toFixed(2))}% may be wrong.`,
  };
}

function inWords({ by, name }: ServedSlice): string {
  if (by === 'all') return 'of all that it serves';
  if (by === 'tool') return `of the tool ${name}`;
  return name === null ? 'to agents that its calibration did not know' : `to the agent ${name}`;
}
