import { eventCatalog, storedDecision, upcast, type Exchange } from '@retort/contracts';
import type { RecordedEvent } from '@retort/event-store';
import { z } from 'zod';

/** What a batch of the log adds to the read model. */
export interface Rows {
  decisions: DecisionRow[];
  exchanges: ExchangeRow[];
  outcomes: OutcomeRow[];
  toolsets: ToolsetRow[];
  students: StudentRow[];
  poison: PoisonRow[];
  /** Events about somebody who has been erased: their places are all that is left of them. */
  shredded: RecordedEvent[];
  /** Keys that are destroyed: what is encrypted with them goes. */
  destroyedKeys: string[];
  expired: ExpiredRows[];
}

/** Decisions of a tenant up to a position of the log go. */
export interface ExpiredRows {
  tenant: string;
  upTo: string;
}

/** A row knows its event: what the event says of itself is not said again. */
export interface DecisionRow {
  event: RecordedEvent;
  id: string;
  agentId: string;
  toolSelected: string | null;
  toolset: string;
  decidedBy: string;
  /** Who is said to have been the teacher. */
  teacherModel: string | null;
  success: boolean | null;
  executionTimeMs: number | null;
  json: string;
}
/** What a turn took, of a decision that tells it. */
export interface ExchangeRow {
  event: RecordedEvent;
  id: string;
  agentId: string;
  decidedBy: string;
  model: string | null;
  hasCalls: boolean;
  exchange: Exchange;
}
export interface OutcomeRow {
  event: RecordedEvent;
  decisionId: string;
  json: string;
  success: boolean | null;
  executionTimeMs: number | null;
}
export interface ToolsetRow {
  tenant: string;
  digest: string;
  json: string;
  name: string | null;
  /** JSON; null where every keyword is checked. */
  unchecked: string | null;
}
/** A version of a student that was trained. */
export interface StudentRow {
  tenant: string;
  modelVersion: string;
}
export interface PoisonRow {
  event: RecordedEvent;
  error: string;
}

export function noRows(): Rows {
  return {
    decisions: [],
    exchanges: [],
    outcomes: [],
    toolsets: [],
    students: [],
    poison: [],
    shredded: [],
    destroyedKeys: [],
    expired: [],
  };
}

/** Projects a batch of the log. An event that does not satisfy its schema, at any version, is poison: set aside with
 *  its reason. */
export function rowsOf(events: readonly RecordedEvent[]): Rows {
  const rows = noRows();
  for (const event of events) addEvent(rows, event);
  return rows;
}

export function addEvent(rows: Rows, event: RecordedEvent): void {
  try {
    add(rows, event);
  } catch (error) {
    rows.poison.push({ event, error: reasonOf(error) });
  }
}

function add(rows: Rows, event: RecordedEvent): void {
  if (event.sealed?.isReadable === false) {
    rows.shredded.push(event);
    return;
  }
  switch (event.type) {
    case 'AGENT_TOOL_SELECTED':
      addDecision(rows, event);
      break;
    case 'DECISION_OUTCOME_REPORTED': {
      const { decision_id, outcome } = upcast(event.type, event.version, JSON.parse(event.json));
      rows.outcomes.push({
        event,
        decisionId: decision_id,
        json: JSON.stringify(outcome),
        success: outcome.success ?? null,
        executionTimeMs: outcome.execution_time_ms ?? null,
      });
      break;
    }
    case 'TOOLSET_REGISTERED': {
      const { toolset, tools, name, unchecked } = upcast(event.type, event.version, JSON.parse(event.json));
      rows.toolsets.push({
        tenant: event.tenant,
        digest: toolset,
        json: JSON.stringify(tools),
        name: name ?? null,
        unchecked: unchecked ? JSON.stringify(unchecked) : null,
      });
      break;
    }
    case 'MODEL_TRAINED': {
      const { model_version } = upcast(event.type, event.version, JSON.parse(event.json));
      rows.students.push({ tenant: event.tenant, modelVersion: model_version });
      break;
    }
    case 'ROWS_EXPIRED':
      rows.expired.push({
        tenant: event.tenant,
        upTo: upcast(event.type, event.version, JSON.parse(event.json)).up_to,
      });
      break;
    case 'ERASURE_REQUESTED':
      rows.destroyedKeys.push(...upcast(event.type, event.version, JSON.parse(event.json)).keys);
      break;
    default:
    // Other facts have no row here.
  }
}

/** The current schema without a second walk through what is JSON by having been parsed as JSON. */
const currentDecision = storedDecision.extend({
  context: z.looseObject({}),
  tool_parameters: z.looseObject({}).nullable().optional(),
  known_parameters: z.looseObject({}).nullish(),
});

function addDecision(rows: Rows, event: RecordedEvent): void {
  const stored: unknown = JSON.parse(event.json);
  const current = event.version === eventCatalog.AGENT_TOOL_SELECTED.version;
  const decision = current ? currentDecision.parse(stored) : upcast('AGENT_TOOL_SELECTED', event.version, stored);
  const { id, agent_id: agentId, exchange } = decision;
  rows.decisions.push({
    event,
    id,
    agentId,
    toolSelected: decision.tool_selected,
    toolset: decision.toolset,
    decidedBy: decision.decided_by.kind,
    teacherModel: decision.teacher_model ?? null,
    success: decision.outcome?.success ?? null,
    executionTimeMs: decision.outcome?.execution_time_ms ?? null,
    json: current ? event.json : JSON.stringify(decision),
  });
  if (!exchange) return;
  const decidedBy = decision.decided_by.kind;
  const model = (decidedBy === 'student' ? exchange.instead_of : decision.teacher_model) ?? null;
  rows.exchanges.push({ event, id, agentId, decidedBy, model, hasCalls: decision.tool_selected !== null, exchange });
}

/** Names what was wrong without quoting the event. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues
      .slice(0, 5)
      .map(({ path, message }) => `/${path.join('/')}: ${message}`)
      .join('; ');
  return error instanceof SyntaxError ? 'not valid JSON' : String(error).slice(0, 500);
}
