import type { DecisionView, ToolCall, ToolDefinition } from '@retort/contracts';
import { canonicalCall, type Digest } from '@retort/kernel';
import { callCheck } from '@retort/student';
import { assessHistory, type Assessment } from './assessment.ts';
import { contentDigest } from './dataset.ts';
import { embedContext, embeddingDimensions } from './embedding.ts';
import { rejectionOf, type RejectionReason } from './gates.ts';
import { interner } from './interner.ts';
import type { OwnAnswers } from './own-answers.ts';
import { allocateVectors, rowOf, type Vectors } from './vectors/vectors.ts';

/** A decision that may become a row. Turns, tools and toolsets go by number. A call whose arguments are not known makes another
 *  turn, and another for each that is known in part: such decisions are duplicates of each other, and of nothing that says
 *  more. */
export interface Candidate {
  id: string;
  position: string;
  /** Counts decisions as they were read. */
  place: number;
  content: Digest;
  /** The whole answer, the order of its calls apart. */
  turn: number;
  /** Of every call. */
  argumentsKnown: boolean;
  /** Which tools the turn calls, as often each. */
  tools: number;
  toolset: number;
  success: boolean | null;
  confidence: number | null;
  executionTime: number | null;
  /** A guarantee may be calibrated on it. */
  calibrates: boolean;
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
  /** The single tools of `Candidate.tools`, once for each call; none for words. */
  toolsOf(tools: number): readonly string[];
  /** Whether all of these tools were offered in a toolset; words always are. */
  offered(toolset: number, tools: number): boolean;
  registeredTools: number;
}

export interface ReadRequest {
  decisions: Iterable<DecisionView>;
  /** Upper bound of how many there are. */
  count: number;
  toolsets: ReadonlyMap<string, readonly ToolDefinition[]>;
  timelinessMs: number;
  own: OwnAnswers;
  onProgress: (fraction: number) => void;
}

/** Reads a range of history once: gates, embeds and assesses every decision. */
export function readHistory({ decisions, count, toolsets, timelinessMs, own, onProgress }: ReadRequest): History {
  const arrived = allocateVectors(count, embeddingDimensions);
  const assessment = assessHistory({ timelinessMs });
  const fits = callCheck();
  const definitions = new Map(
    [...toolsets].map(([toolset, tools]) => [toolset, new Map(tools.map((tool) => [tool.name, tool]))]),
  );
  const turns = interner();
  const tools = interner();
  const toolsetNumbers = interner();
  const candidates: (Candidate & { row: number })[] = [];
  const rejections: Rejection[] = [];
  const labels: History['labels'] = [];
  let considered = 0;
  for (const decision of decisions) {
    if (++considered % 256 === 0) onProgress(considered / count);
    const confidence = decision.teacher_confidence ?? null;
    const { tool_calls: calls, outcome } = decision;
    const offeredHere = definitions.get(decision.toolset);
    const valid = calls.every(({ tool, parameters }) => {
      const definition = offeredHere?.get(tool);
      return parameters === null ? definition !== undefined : fits({ tool, parameters }, definition);
    });
    assessment.observe(decision, valid);
    const success = outcome?.success ?? null;
    const isStudents = own.isStudents(decision);
    if (!isStudents && confidence !== null && success !== null) labels.push({ confidence, success });
    const row = candidates.length;
    const gated = rejectionOf(decision, { valid, isStudents });
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
      turn: turns.numberOf(turnKey(calls)),
      argumentsKnown: calls.every(({ parameters }) => parameters !== null),
      tools: tools.numberOf(JSON.stringify(calls.map(({ tool }) => tool).sort())),
      toolset: toolsetNumbers.numberOf(decision.toolset),
      success,
      confidence,
      executionTime: outcome?.execution_time_ms ?? null,
      calibrates: own.represents(decision),
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
    ...calling({ definitions, toolsets: toolsetNumbers.names, tools: tools.names }),
    registeredTools: new Set([...definitions.values()].flatMap((byName) => [...byName.keys()])).size,
  };
}

/** Equal for two turns when, and only when, they make the same calls, whatever their order. */
function turnKey(calls: readonly ToolCall[]): string {
  const told = calls.map(({ tool, parameters, known_parameters: known }) => {
    const call = canonicalCall({ tool, parameters });
    return known ? call + canonicalCall({ tool, parameters: known }) : call;
  });
  return told.sort().join('\n');
}

function calling(request: {
  definitions: ReadonlyMap<string, ReadonlyMap<string, ToolDefinition>>;
  toolsets: ReadonlyMap<string, number>;
  tools: ReadonlyMap<string, number>;
}): Pick<History, 'toolsOf' | 'offered'> {
  const names = [...request.tools.keys()].map((key) => JSON.parse(key) as string[]);
  const offered = [...request.toolsets.keys()].map((toolset) => request.definitions.get(toolset));
  return {
    toolsOf: (tools) => names[tools] ?? [],
    offered: (toolset, tools) => (names[tools] ?? []).every((name) => offered[toolset]?.has(name) ?? false),
  };
}
