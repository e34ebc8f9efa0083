import type { TaughtDecision } from '@retort/student';

/** A decision on its way into the thread: its tools stand in a table beside it. */
export interface PackedDecision extends Omit<TaughtDecision, 'tools'> {
  toolset: string;
}

export interface PackedDecisions {
  count: number;
  /** NDJSON of `PackedDecision`. */
  decisions: Uint8Array<ArrayBuffer>;
  toolsets: Record<string, TaughtDecision['tools']>;
}

/** The decisions again, one at a time. */
export function* unpackDecisions({
  decisions,
  toolsets,
}: Pick<PackedDecisions, 'decisions' | 'toolsets'>): Iterable<TaughtDecision> {
  const decoder = new TextDecoder();
  for (let start = 0; start < decisions.length;) {
    const found = decisions.indexOf(0x0a, start);
    const end = found < 0 ? decisions.length : found;
    const { toolset, ...decision } = JSON.parse(decoder.decode(decisions.subarray(start, end))) as PackedDecision;
    yield { ...decision, tools: toolsets[toolset] ?? [] };
    start = end + 1;
  }
}
