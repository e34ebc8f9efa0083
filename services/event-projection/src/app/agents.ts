export interface AgentRow {
  agent_id: string;
  decisions: bigint;
  tools: bigint;
  first_decision_at: Date;
  last_decision_at: Date;
}

export interface AgentDayRow {
  day: string;
  decisions: bigint;
  decided_by_student: bigint;
  outcomes_known: bigint;
  succeeded: bigint;
  timed: bigint;
  mean_ms: number | null;
  p95_ms: number | null;
  compared: bigint;
  agreed: bigint;
}

export interface Agents {
  list(tenant: string): Promise<AgentRow[]>;
  timeline(tenant: string, agentId: string, span: { from: string | null; to: string | null }): Promise<AgentDayRow[]>;
}
