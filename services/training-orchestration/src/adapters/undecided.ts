import {
  curationRuns,
  listDecisions,
  lookUpDecisions,
  recordDecisions,
  teacherDecisionId,
  type DecisionView,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { ServiceClient } from '@retort/service-kit';
import type { TrainingDataOf } from '../app/training-data.ts';
import type { UndecidedOf } from '../app/undecided.ts';

const pageSize = 200;
const batchSize = 200;

export function undecidedRequests(http: ServiceClient, data: TrainingDataOf): UndecidedOf {
  return (tenant, trace) => {
    const client = http.as(tenant, trace);
    const { toolset } = data(tenant, trace);
    const toolsets = new Map<string, ReturnType<typeof toolset>>();
    const withoutTeacher = async (decisions: readonly DecisionView[]) => {
      const known = new Set<string>();
      for (let ids = decisions.map(({ id }) => teacherDecisionId(id)); ids.length > 0;) {
        const { data, rest = [] } = await client.call(lookUpDecisions, { body: { ids, toolsets: 'reference' } });
        for (const { id } of data) known.add(id);
        ids = rest;
      }
      return decisions.filter(({ id }) => !known.has(teacherDecisionId(id)));
    };
    return {
      toolset(digest) {
        const known = toolsets.get(digest) ?? toolset(digest);
        toolsets.set(digest, known);
        return known;
      },
      async find(limit, signal) {
        const found: DecisionView[] = [];
        let cursor: string | undefined;
        do {
          const list = await client.call(listDecisions, {
            query: {
              limit: pageSize,
              toolsets: 'reference',
              sort: '-occurred_at',
              'filter[decided_by][eq]': 'student',
              cursor,
            },
            signal,
          });
          found.push(...(await withoutTeacher(list.data)));
          cursor = list.next_cursor ?? undefined;
        } while (cursor !== undefined && found.length < limit);
        return found.slice(0, limit);
      },
      async record(decisions) {
        for (let start = 0; start < decisions.length; start += batchSize) {
          const { rejected } = await client.call(recordDecisions, {
            body: decisions.slice(start, start + batchSize),
          });
          if (rejected > 0)
            throw fault('training.decisions-refused', {
              public: `${rejected} of the teacher's decisions were refused.`,
            });
        }
      },
      curate: async () => (await client.call(curationRuns.create, { body: {} })).run_id,
    };
  };
}
