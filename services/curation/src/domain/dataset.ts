import type { DecisionView, ToolCall } from '@retort/contracts';
import { canonicalJson, digestOf, digestOfJson, type Digest } from '@retort/kernel';

/** Whether a member of a decision enters its digest: always, where it is there (decisions that lack it keep the digest that they
 *  had before the member existed), or never. A new member does not compile until it is decided here. */
const digested: Readonly<Record<keyof DecisionView, 'always' | 'where-there' | 'never'>> = {
  id: 'always',
  agent_id: 'always',
  context: 'always',
  toolset: 'always',
  tool_selected: 'always',
  tool_parameters: 'always',
  known_parameters: 'where-there',
  reasoning: 'always',
  teacher_model: 'always',
  teacher_confidence: 'always',
  teacher_probabilities: 'where-there',
  decided_by: 'always',
  teaches_only: 'where-there',
  group: 'always',
  // What they took out is not there to learn from.
  redactions: 'never',
  // Of several calls, all that they say stands for the first.
  tool_calls: 'never',
  answer: 'never',
  // The toolset's digest stands for it.
  tools_available: 'never',
  // How long it took, and what it cost, teaches nothing.
  exchange: 'never',
  // May be reported later.
  outcome: 'never',
  // The same decisions are the same rows in another log.
  tenant: 'never',
  event_id: 'never',
  occurred_at: 'never',
  recorded_at: 'never',
  data_keys: 'never',
  position: 'never',
};

/** The digest of what a student can learn from a decision. */
export function contentDigest(decision: DecisionView): Digest {
  const content: Record<string, unknown> = {};
  for (const [member, when] of Object.entries(digested)) {
    const value = decision[member as keyof DecisionView] ?? null;
    if (when === 'always' || (when === 'where-there' && value !== null)) content[member] = value;
  }
  if (decision.tool_calls.length > 1) Object.assign(content, wholeTurn(decision.tool_calls));
  return digestOfJson(content);
}

/** In the place of the first call's members: the calls of one answer have no order. */
function wholeTurn(calls: readonly ToolCall[]) {
  const told = calls.map(({ tool, parameters, known_parameters: known }) => [tool, parameters, known ?? null]);
  return {
    tool_selected: null,
    tool_parameters: null,
    known_parameters: null,
    tool_calls: told.map((call) => canonicalJson(call)).sort(),
  };
}

export interface DigestedRow {
  id: string;
  content: Digest;
  quality: number | null;
  weight: number;
  /** false: it teaches alone. */
  calibrates?: boolean;
}

/** The digest of a data set: of its rows' digests, qualities and weights in the order of ids, whatever order they come
 *  in. */
export function datasetDigest(rows: readonly DigestedRow[]): Digest {
  const ordered = [...rows].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const line = ({ content, quality, weight, calibrates = true }: DigestedRow) =>
    `${content} ${quality} ${weight}${calibrates ? '' : ' teaches'}\n`;
  return digestOf(ordered.map(line).join(''));
}

/** `v20260102-0123456789ab`: the day it was made, the head of its digest. The same content has one name for ever: its
 *  first. */
export function datasetVersion(digest: string, now: Date): string {
  return `v${now.toISOString().slice(0, 10).replaceAll('-', '')}-${digest.slice(7, 19)}`;
}
