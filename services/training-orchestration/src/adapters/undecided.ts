import {
  batchResult,
  curationRun,
  decisionLookupView,
  decisionView,
  page,
  type DecisionInput,
  type DecisionView,
} from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { ServiceClient, Trace } from '@retort/service-kit';
import type { TrainingData } from './curation.ts';

/** Requests that a student decided and the teacher did not, and where the teacher's decisions on them go. */
export interface Undecided {
  /** The latest first, at most `limit`; none that the teacher was asked for before. */
  find(limit: number, signal: AbortSignal): Promise<DecisionView[]>;
  /** Becomes part of the log, as decisions of the teacher. */
  record(decisions: readonly DecisionInput[]): Promise<void>;
  /** Has the history curated again. @returns the run's id */
  curate(): Promise<string>;
  toolset: TrainingData['toolset'];
}

/** The teacher's decision on a request that a student decided: asking twice is recording once. */
export const teacherIdOf = (decisionId: string) => `${decisionId}.teacher`;

const pageSize = 200;
const batchSize = 200;

export function undecidedRequests(
  http: ServiceClient,
  { tenant, trace, toolset }: { tenant: string; trace: Trace; toolset: TrainingData['toolset'] },
): Undecided {
  const client = http.as(tenant, trace);
  const toolsets = new Map<string, ReturnType<typeof toolset>>();
  const withoutTeacher = async (decisions: readonly DecisionView[]) => {
    if (decisions.length === 0) return [];
    const ids = decisions.map(({ id }) => teacherIdOf(id));
    const { data } = await client.post('/api/v1/decisions:lookup', { ids, toolsets: 'reference' }, decisionLookupView);
    const known = new Set(data.map(({ id }) => id));
    return decisions.filter(({ id }) => !known.has(teacherIdOf(id)));
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
        const query = {
          limit: pageSize,
          toolsets: 'reference',
          sort: '-occurred_at',
          'filter[decided_by][eq]': 'student',
        };
        const list = await client.get('/api/v1/decisions', page(decisionView), { signal, query: { ...query, cursor } });
        found.push(...(await withoutTeacher(list.data)));
        cursor = list.next_cursor ?? undefined;
      } while (cursor !== undefined && found.length < limit);
      return found.slice(0, limit);
    },
    async record(decisions) {
      for (let start = 0; start < decisions.length; start += batchSize) {
        const { rejected } = await client.post(
          '/api/v1/decisions:batch',
          decisions.slice(start, start + batchSize),
          batchResult,
        );
        if (rejected > 0)
          throw fault('training.decisions-refused', {
            public: `${rejected} of the teacher's decisions were refused.`,
          });
      }
    },
    curate: async () => (await client.post('/api/v1/curation-runs', {}, curationRun)).run_id,
  };
}
