import type { Clock, JsonValue } from '@retort/kernel';
import type { RunRecord } from '@retort/service-kit';
import type { AgentDefinition, AgentRun } from './agent.ts';

export interface AgentResult {
  /** What came of the decision; absent when there was nothing to do. */
  outcome?: JsonValue;
}

export interface AgentRecorder {
  clock: Clock;
  /** Resolves when this part of the run is on the record. */
  record(part: RunRecord): Promise<void>;
}

/** One turn of perceive → decide → act. Each step is on the record before the next begins.
 *  @throws whatever a step throws, and the signal's reason when it aborted between two steps */
export async function runAgent<Perception, Decision>(
  agent: AgentDefinition<Perception, Decision>,
  run: AgentRun,
  { record, clock }: AgentRecorder,
): Promise<AgentResult> {
  run.progress({ fraction: 0, step: 'perceive' });
  const perception = await agent.perceive(run);
  run.signal.throwIfAborted();
  await record({
    perception: agent.record?.perception?.(perception) ?? asJson(perception),
    perceived_at: clock().toISOString(),
  });
  const { decision, why } = agent.decide(perception);
  const decidedAt = clock().toISOString();
  if (decision === null) {
    await record({ decision: null, why, decided_at: decidedAt });
    return {};
  }
  run.progress({ fraction: 0, step: 'act' });
  await record({ decision: agent.record?.decision?.(decision) ?? asJson(decision), why, decided_at: decidedAt });
  // Writing the decision down took its time.
  run.signal.throwIfAborted();
  return { outcome: await agent.act(decision, run) };
}

function asJson(value: unknown): JsonValue {
  return JSON.parse(
    JSON.stringify(value ?? null, (_key, member: unknown) => (typeof member === 'bigint' ? member.toString() : member)),
  ) as JsonValue;
}
