import type { DecisionView } from '@retort/contracts';
import { digestOf, digestOfJson, type Digest } from '@retort/kernel';

/** The digest of what a student can learn from a decision. Neither the log's positions and times nor the outcome enter:
 *  the same decisions are the same rows in another log, and an outcome may be reported later. */
export function contentDigest(decision: DecisionView): Digest {
  const { id, agent_id, context, toolset, tool_selected, tool_parameters } = decision;
  const { reasoning = null, teacher_model = null, teacher_confidence = null, decided_by, group = null } = decision;
  // Only where they are there: what had none keeps the digest it had.
  const { teacher_probabilities, known_parameters } = decision;
  const rare = {
    ...(teacher_probabilities && { teacher_probabilities }),
    ...(known_parameters && { known_parameters }),
  };
  return digestOfJson({
    ...{ id, agent_id, context, toolset, tool_selected, tool_parameters },
    ...{ reasoning, teacher_model, teacher_confidence, decided_by, group },
    ...rare,
  });
}

export interface DigestedRow {
  id: string;
  content: Digest;
  quality: number | null;
  weight: number;
}

/** The digest of a data set: of its rows' digests, qualities and weights in the order of ids, whatever order they come
 *  in. */
export function datasetDigest(rows: readonly DigestedRow[]): Digest {
  const ordered = [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return digestOf(ordered.map(({ content, quality, weight }) => `${content} ${quality} ${weight}\n`).join(''));
}

/** `v20260102-0123456789ab`: the day it was made, the head of its digest. The same content has one name for ever: its
 *  first. */
export function datasetVersion(digest: Digest, now: Date): string {
  return `v${now.toISOString().slice(0, 10).replaceAll('-', '')}-${digest.slice(7, 19)}`;
}
