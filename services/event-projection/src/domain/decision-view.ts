import { completeTurn, decisionCore, type DecisionView, type ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { z } from 'zod';

/** A decision's row with the outcomes that were reported later, in the order of the log. */
export interface StoredDecision {
  id: string;
  event_id: string;
  tenant: string;
  toolset: string;
  /** Who decided, by what the log knows: a student that is reported as the teacher is a student. */
  decided_by: 'teacher' | 'student';
  occurred_at: Date;
  recorded_at: Date;
  commit_position: bigint;
  prepare_position: bigint;
  /** `data` of AGENT_TOOL_SELECTED. */
  data: JsonObject;
  reports: JsonObject[] | null;
  /** The keys that the log encrypts it with; null where it does not. */
  keys: string[] | null;
}

/** What a decision was posted with; `data` holds other members too, which readers do not see. */
type Told = z.infer<typeof decisionCore>;
const members = Object.keys(decisionCore.shape) as (keyof Told)[];

/** What readers see: every member of a decision as it was told, and its turn in both forms. Reported outcomes go over what
 *  the decision came with, the later over the earlier. */
export function decisionViewOf(stored: StoredDecision, tools?: readonly ToolDefinition[]): DecisionView {
  const told = Object.fromEntries(
    members.filter((member) => stored.data[member] !== undefined).map((member) => [member, stored.data[member]]),
  ) as Told;
  return {
    id: stored.id,
    event_id: stored.event_id,
    tenant: stored.tenant,
    toolset: stored.toolset,
    ...(tools ? { tools_available: [...tools] } : {}),
    ...completeTurn(told),
    ...(stored.reports ? { outcome: Object.assign({}, told.outcome, ...stored.reports) as JsonObject } : {}),
    decided_by: whoDecided(stored, told),
    occurred_at: stored.occurred_at.toISOString(),
    recorded_at: stored.recorded_at.toISOString(),
    position: `${stored.commit_position}/${stored.prepare_position}`,
    ...(stored.keys ? { data_keys: stored.keys } : {}),
  };
}

function whoDecided({ decided_by: kind }: StoredDecision, told: Told): DecisionView['decided_by'] {
  if (told.decided_by?.kind === kind) return told.decided_by;
  return kind === 'student' && told.teacher_model ? { kind, model_version: told.teacher_model } : { kind };
}
