import type { DecisionView, ToolDefinition } from '@retort/contracts';
import { canonicalCall, type Digest } from '@retort/kernel';
import { callCheck } from '@retort/student';
import { assessHistory, type Assessment } from './assessment.ts';
import { contentDigest } from './dataset.ts';
import { embedContext, embeddingDimensions } from './embedding.ts';
import { rejectionOf, type RejectionReason } from './gates.ts';
import { interner } from './interner.ts';
import { allocateVectors, rowOf, type Vectors } from './vectors/vectors.ts';

/** A decision that may become a row. Calls, tools and toolsets go by number. A tool whose arguments are not known is a
 *  call of its own, another for each that is known in part: such decisions are duplicates of each other, and of nothing that
 *  says more. */
export interface Candidate {
  id: string;
  position: string;
  /** Counts decisions as they were read. */
  place: number;
  content: Digest;
  call: number;
  argumentsKnown: boolean;
  tool: number;
  toolset: number;
  success: boolean | null;
  confidence: number | null;
  executionTime: number | null;
}

export interface Rejection {
  decisionId: string;
  reason: RejectionReason;
  keeper: string | null;
}

export interface History {
  considered: number;
  /** In the order of ids, with their embeddings: nothing later depends on the order of arrival. */
  candidates: Candidate[];
  vectors: Vectors;
  rejections: Rejection[];
  assessment: Assessment;
  /** Of the teacher's decisions, failures among them: what confidence is calibrated on. */
  labels: { confidence: number; success: boolean }[];
  /** Whether a tool was offered in a toolset; no tool at all always is. */
  offered(toolset: number, tool: number): boolean;
  registeredTools: number;
}

export interface ReadRequest {
  decisions: Iterable<DecisionView>;
  /** Upper bound of how many there are. */
  count: number;
  toolsets: ReadonlyMap<string, readonly ToolDefinition[]>;
  timelinessMs: number;
  onProgress: (fraction: number) => void;
}

/** Reads a stretch of history once: gates, embeds and assesses every decision. */
export function readHistory({ decisions, count, toolsets, timelinessMs, onProgress }: ReadRequest): History {
  const arrived = allocateVectors(count, embeddingDimensions);
  const assessment = assessHistory({ timelinessMs });
  const fits = callCheck();
  const definitions = new Map(
    [...toolsets].map(([toolset, tools]) => [toolset, new Map(tools.map((tool) => [tool.name, tool]))]),
  );
  const calls = interner();
  const tools = interner();
  const toolsetNumbers = interner();
  const candidates: (Candidate & { row: number })[] = [];
  const rejections: Rejection[] = [];
  const labels: History['labels'] = [];
  let considered = 0;
  for (const decision of decisions) {
    if (++considered % 256 === 0) onProgress(considered / count);
    const confidence = decision.teacher_confidence ?? null;
    const { tool_selected: tool, tool_parameters: parameters, outcome } = decision;
    const definition = tool === null ? undefined : definitions.get(decision.toolset)?.get(tool);
    const valid = parameters === null ? definition !== undefined : fits({ tool, parameters }, definition);
    assessment.observe(decision, valid);
    const success = outcome?.success ?? null;
    if (decision.decided_by.kind === 'teacher' && confidence !== null && success !== null)
      labels.push({ confidence, success });
    const row = candidates.length;
    const gated = rejectionOf(decision, valid);
    const reason = gated ?? (embedContext(decision.context, rowOf(arrived, row)) ? null : 'empty');
    if (reason !== null) {
      rejections.push({ decisionId: decision.id, reason, keeper: null });
      continue;
    }
    candidates.push({
      row,
      id: decision.id,
      position: decision.position,
      place: considered,
      content: contentDigest(decision),
      call: calls.numberOf(callKey(decision)),
      argumentsKnown: parameters !== null,
      tool: tools.numberOf(toolKey(tool)),
      toolset: toolsetNumbers.numberOf(decision.toolset),
      success,
      confidence,
      executionTime: outcome?.execution_time_ms ?? null,
    });
  }
  candidates.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const vectors = allocateVectors(candidates.length, embeddingDimensions);
  for (const [index, { row }] of candidates.entries()) rowOf(vectors, index).set(rowOf(arrived, row));
  return {
    considered,
    candidates: candidates.map(({ row: _, ...candidate }) => candidate),
    vectors,
    rejections,
    assessment,
    labels,
    offered: offering({ definitions, toolsets: toolsetNumbers.names, tools: tools.names }),
    registeredTools: new Set([...definitions.values()].flatMap((byName) => [...byName.keys()])).size,
  };
}

function callKey({ tool_selected: tool, tool_parameters: parameters, known_parameters: known }: DecisionView): string {
  return canonicalCall({ tool, parameters }) + (known ? canonicalCall({ tool, parameters: known }) : '');
}

/** No tool and a tool of any name are told apart. */
const toolKey = (tool: string | null) => JSON.stringify(tool);

function offering(request: {
  definitions: ReadonlyMap<string, ReadonlyMap<string, ToolDefinition>>;
  toolsets: ReadonlyMap<string, number>;
  tools: ReadonlyMap<string, number>;
}): History['offered'] {
  const none = request.tools.get(toolKey(null));
  const sets = new Map<number, Set<number | undefined>>();
  for (const [toolset, number] of request.toolsets) {
    const names = [...(request.definitions.get(toolset)?.keys() ?? [])];
    sets.set(number, new Set([none, ...names.map((name) => request.tools.get(toolKey(name)))]));
  }
  return (toolset, tool) => sets.get(toolset)?.has(tool) ?? false;
}
