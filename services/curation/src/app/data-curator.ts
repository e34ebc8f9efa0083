import { defineAgent } from '@retort/agent-runtime';
import { listDatasets } from '../adapters/datasets.ts';
import { projectedHistory } from '../adapters/decision-history.ts';
import { enqueueRun, listRuns } from '../adapters/runs.ts';
import { decideCuration, type CuratorPolicy, type CuratorView, type Curate } from '../domain/curator.ts';
import type { CurationContext } from './execute-run.ts';
import type { RunQueue } from './run-queue.ts';

/** Keeps the training data fresh. It orders runs; the queue carries them out and records how they went. */
export function dataCurator(context: CurationContext, queue: RunQueue, policy: CuratorPolicy) {
  const { db, http, clock } = context;
  return defineAgent<CuratorView, Curate>({
    name: 'data-curator',
    async perceive({ tenant, wake, trace }) {
      const newest = { tenant, after: null, limit: 1 };
      const [decisions, [dataset], [run]] = await Promise.all([
        projectedHistory(http, tenant, trace).size(),
        listDatasets(db, newest),
        listRuns(db, newest),
      ]);
      return {
        asked: wake.trigger === 'schedule' ? null : wake.reason,
        now: clock().toISOString(),
        decisions,
        lastVersion: dataset
          ? {
              version: dataset.dataset_version,
              considered: dataset.summary.considered,
              conflicts: dataset.summary.conflicts,
              createdAt: dataset.created_at,
            }
          : null,
        lastRun: run ? { state: run.state, createdAt: run.created_at } : null,
      };
    },
    decide: (view) => decideCuration(view, policy),
    async act(_decision, { id, tenant, trace }) {
      // The agent's run gives the order its id: acting again after a failure orders nothing twice.
      await enqueueRun(db, { tenant, runId: id, parameters: {}, trace, createdAt: clock() });
      queue.wake();
      return { curation_run: id };
    },
  });
}
