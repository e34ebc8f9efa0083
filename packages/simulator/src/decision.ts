import type { DecisionInput } from '@retort/contracts';
import { canonicalCall, seededRandom, type Call, type JsonObject, type JsonValue } from '@retort/kernel';
import { domainAgents } from './agents/index.ts';
import type { SimulatedRequest } from './traffic.ts';

/** The name simulated decisions carry wherever they are shown. */
const simulatedTeacher = 'ultracore-teacher (simulated)';

/** What a teacher answered. `confidence` lies in [0, 1]; `timestamp` is when, RFC 3339. */
export interface Answer {
  call: Call;
  confidence?: number;
  reasoning?: string;
  timestamp: string;
}

const usualFailing = 0.03;
/** Calls the rules would not have made fail this often. */
const wrongCallFailing = 0.6;

/** The decision that a simulated agent reports: it made the call, and this came of it. The outcome is drawn from the
 *  request's id, so that the same request and answer always give the same decision. */
export function simulateDecision(request: SimulatedRequest, answer: Answer): DecisionInput {
  const { call } = answer;
  return {
    id: request.id,
    agent_id: request.agentId,
    context: request.context,
    tools_available: [...request.tools],
    tool_selected: call.tool,
    tool_parameters: call.tool === null ? {} : call.parameters,
    reasoning:
      answer.reasoning ??
      `Simulated: ${call.tool === null ? 'no tool is called for' : `the request asks for ${call.tool}`}.`,
    outcome: outcomeOf(request, call),
    teacher_model: simulatedTeacher,
    ...(answer.confidence === undefined ? {} : { teacher_confidence: answer.confidence }),
    decided_by: { kind: 'teacher' },
    group: request.group,
    timestamp: answer.timestamp,
  };
}

function outcomeOf(
  request: SimulatedRequest,
  call: Call,
): { success: boolean; execution_time_ms: number; result: JsonObject } {
  const random = seededRandom(request.id);
  const source = domainAgents.find(({ agentId }) => agentId === request.agentId)?.toolSources[call.tool ?? ''];
  const right = canonicalCall(call) === canonicalCall(request.truth);
  const failing = right ? (call.tool === null ? 0 : (source?.failing ?? usualFailing)) : wrongCallFailing;
  const success = random.next() >= failing;
  // Execution times are log-normal around the tool's typical one; failures run into retries and take longer.
  const typical = (source?.ms ?? 15) * (success ? 1 : 2.5);
  const result: Record<string, JsonValue> = success
    ? { simulated: true, reference: `R-${100_000 + random.integer(900_000)}` }
    : {
        simulated: true,
        error: right ? random.pick(['timeout', 'backend_unavailable', 'record_locked']) : 'rejected_by_backend',
      };
  return { success, execution_time_ms: Math.round(typical * Math.exp(0.35 * random.normal()) * 10) / 10, result };
}
