import type { ToolDefinition } from '@retort/contracts';
import { comparePositions } from '@retort/event-store';
import { z } from 'zod';
import type { DecisionHistory, HistoryQuery } from './decision-history.ts';

/** What is looked at here; the worker thread that gets the text checks the whole. */
const line = z.object({
  id: z.string(),
  toolset: z.string(),
  position: z.string(),
  decided_by: z.object({ kind: z.string() }),
});

const chunkCharacters = 4 * 1024 * 1024;

export interface GatheredHistory {
  /** NDJSON in pieces of whole lines, ready to be handed to a thread. */
  chunks: ArrayBuffer[];
  count: number;
  toolsets: [digest: string, tools: ToolDefinition[]][];
  /** The last position seen; null without decisions. */
  logPosition: string | null;
  /** Decisions that a student made, by what they say. */
  studentDecisions: string[];
  /** What the platform answered itself, as `chunks`. */
  answers: ArrayBuffer[];
}

/** Reads the history once, as text: it is parsed where it is used, off this thread. */
export async function gatherHistory(request: {
  history: DecisionHistory;
  query: HistoryQuery;
  onCount: (decisions: number) => void;
}): Promise<GatheredHistory> {
  const { history, query, onCount } = request;
  const decisions = packedLines();
  const toolsets = new Set<string>();
  const studentDecisions: string[] = [];
  let count = 0;
  let logPosition: string | null = null;
  for await (const item of history.read(query)) {
    const decision = line.parse(item);
    if (logPosition === null || comparePositions(decision.position, logPosition) > 0) logPosition = decision.position;
    toolsets.add(decision.toolset);
    if (decision.decided_by.kind === 'student') studentDecisions.push(decision.id);
    decisions.add(item);
    if (++count % 1000 === 0) onCount(count);
  }
  // After the history: what was answered before a decision was recorded is among them.
  const answers = packedLines();
  for await (const answer of history.ownAnswers(query.signal)) answers.add(answer);
  const expanded: GatheredHistory['toolsets'] = [];
  for (const toolset of [...toolsets].sort()) expanded.push([toolset, await history.tools(toolset)]);
  return {
    chunks: decisions.chunks(),
    count,
    toolsets: expanded,
    logPosition,
    studentDecisions,
    answers: answers.chunks(),
  };
}

/** NDJSON in pieces of whole lines. */
function packedLines() {
  const full: ArrayBuffer[] = [];
  let pending: string[] = [];
  let characters = 0;
  const flush = () => {
    if (pending.length > 0) full.push(bytesOf(pending.join('\n')));
    pending = [];
    characters = 0;
  };
  return {
    add(item: unknown): void {
      const text = JSON.stringify(item);
      pending.push(text);
      characters += text.length;
      if (characters > chunkCharacters) flush();
    },
    chunks(): ArrayBuffer[] {
      flush();
      return full;
    },
  };
}

/** In a buffer of its own, which alone can be handed over. */
function bytesOf(text: string): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = new TextEncoder().encode(text);
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
