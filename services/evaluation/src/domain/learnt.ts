import { canonicalJson, canonicalTurn, hash32, type JsonObject, type RecordedCall } from '@retort/kernel';

/** As much of a decision as tells whether two are the same evidence. */
export interface Told {
  id?: string | undefined;
  context: JsonObject;
  tool_selected: string | null;
  /** null: not known. */
  tool_parameters: JsonObject | null;
  /** All calls of the answer; absent: the one above. */
  tool_calls?: readonly RecordedCall[] | undefined;
}

/** Decisions that a version learnt from, or was calibrated on. */
export interface Learnt {
  add(decision: Told): void;
  /** Whether it is one of them, or says of the same request the same as one of them. */
  has(decision: Told): boolean;
}

/** Two 32-bit digests stand for a decision's content: among 100,000 decisions, one is taken for another with a probability of
 *  less than one in a billion. */
export function learntDecisions(): Learnt {
  const ids = new Set<string>();
  const contents = new Set<string>();
  return {
    add(decision) {
      if (decision.id !== undefined) ids.add(decision.id);
      contents.add(contentOf(decision));
    },
    has: (decision) => (decision.id !== undefined && ids.has(decision.id)) || contents.has(contentOf(decision)),
  };
}

function contentOf({ context, tool_selected: tool, tool_parameters: parameters, tool_calls }: Told): string {
  const content = `${canonicalJson(context)}\n${canonicalTurn(tool_calls ?? [{ tool, parameters }])}`;
  return `${content.length}:${hash32(content)}:${hash32(content, 0x5bd1e995)}`;
}
