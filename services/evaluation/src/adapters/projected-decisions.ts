import { listDecisions, type DecisionView } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { TeacherDecisionsOf } from '../app/teacher-decisions.ts';

const pageSize = 1_000;

/** The teacher's decisions as event-projection serves them. */
export function projectedDecisions(http: ServiceClient): TeacherDecisionsOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    return async ({ side, moment, limit }) => {
      const decisions: DecisionView[] = [];
      let cursor: string | undefined;
      while (decisions.length < limit) {
        const next = await client.call(listDecisions, {
          query: {
            'filter[decided_by][eq]': 'teacher',
            [`filter[recorded_at][${side === 'after' ? 'gt' : 'lte'}]`]: moment,
            sort: '-occurred_at',
            toolsets: 'reference',
            limit: Math.min(pageSize, limit - decisions.length),
            cursor,
          },
        });
        decisions.push(...next.data);
        if (next.next_cursor === null) break;
        cursor = next.next_cursor;
      }
      return decisions;
    };
  };
}
