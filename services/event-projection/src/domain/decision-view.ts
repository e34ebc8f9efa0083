import { completeTurn, type DecisionView, type ToldTurn, type ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';

/** A decision's row with the outcomes that were reported later, in the order of the log. */
export interface StoredDecision {
  id: string;
  event_id: string;
  tenant: string;
  toolset: string;
  occurred_at: Date;
  recorded_at: Date;
  commit_position: bigint;
  prepare_position: bigint;
  /** `data` of AGENT_TOOL_SELECTED. */
  data: JsonObject;
  reports: JsonObject[] | null;
}

/** Members a decision may have been posted with and readers see as they came. */
const free = ['reasoning', 'teacher_model', 'teacher_confidence', 'teacher_probabilities', 'group'] as const;

/** What readers see. Reported outcomes go over what the decision came with, the later over the earlier. */
export function decisionViewOf(stored: StoredDecision, tools?: readonly ToolDefinition[]): DecisionView {
  const { data, reports } = stored;
  const view: Record<string, unknown> = {
    id: stored.id,
    event_id: stored.event_id,
    tenant: stored.tenant,
    agent_id: data['agent_id'],
    context: data['context'],
    toolset: stored.toolset,
    ...(tools ? { tools_available: tools } : {}),
    ...turnOf(data),
    decided_by: data['decided_by'] ?? { kind: 'teacher' },
  };
  for (const member of free) if (data[member] !== undefined) view[member] = data[member];
  if (reports !== null) view['outcome'] = Object.assign({}, data['outcome'], ...reports) as JsonObject;
  else if (data['outcome'] !== undefined) view['outcome'] = data['outcome'];
  view['occurred_at'] = stored.occurred_at.toISOString();
  view['recorded_at'] = stored.recorded_at.toISOString();
  view['position'] = `${stored.commit_position}/${stored.prepare_position}`;
  return view as DecisionView;
}

/** The turn in both of its forms. null says that arguments are not known; an absent member that there were none. */
function turnOf(data: JsonObject): object {
  const { tool_selected, tool_parameters, known_parameters, tool_calls } = data as ToldTurn;
  return completeTurn({
    tool_selected,
    tool_parameters,
    ...(known_parameters === undefined ? {} : { known_parameters }),
    ...(tool_calls ? { tool_calls } : {}),
  });
}
