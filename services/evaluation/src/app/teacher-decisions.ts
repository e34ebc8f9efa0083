import type { DecisionView } from '@retort/contracts';
import type { Trace } from '@retort/service-kit';

/** The teacher's latest decisions on one side of a moment (ISO 8601), at most `limit`, the newest first. */
export type TeacherDecisions = (query: {
  side: 'after' | 'until';
  moment: string;
  limit: number;
}) => Promise<DecisionView[]>;

export type TeacherDecisionsOf = (tenant: string, trace: Trace) => TeacherDecisions;
