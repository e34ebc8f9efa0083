import { defineAgent } from '@retort/agent-runtime';
import type { CurationRunInput, TrainingDataCurated } from '@retort/contracts';
import { nameBasedId, type Clock } from '@retort/kernel';
import type { RunQueue, Trace } from '@retort/service-kit';
import { decideCuration, type CuratorPolicy, type CuratorView, type Curate } from '../domain/curator.ts';
import type { Datasets } from './datasets.ts';
import type { HistoryOf } from './decision-history.ts';

export interface CuratorPorts {
  history: HistoryOf;
  datasets: Datasets;
  runs: RunQueue<CurationRunInput, TrainingDataCurated>;
  clock: Clock;
}

/** What the curator sees of a tenant. */
export async function curatorView(
  { history, datasets, runs, clock }: CuratorPorts,
  { tenant, trace, asked }: { tenant: string; trace: Trace; asked: string | null },
): Promise<CuratorView> {
  const [decisions, [dataset], [run]] = await Promise.all([
    history(tenant, trace).size(),
    datasets.list({ tenant, purpose: 'policy', after: null, limit: 1 }),
    runs.list({ tenant, limit: 1 }),
  ]);
  return {
    asked,
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
    lastRun: run ? { state: run.state, createdAt: run.createdAt } : null,
  };
}

/** Keeps the training data fresh. It orders runs; the queue carries them out and records how they went. */
export function dataCurator(ports: CuratorPorts, policy: CuratorPolicy) {
  return defineAgent<CuratorView, Curate>({
    name: 'data-curator',
    perceive: ({ tenant, trigger, trace }) =>
      curatorView(ports, { tenant, trace, asked: trigger.kind === 'schedule' ? null : trigger.reason }),
    decide: (view) => decideCuration(view, policy),
    async act(_decision, { id, tenant, trace }) {
      // The order's id comes from the agent's run: acting twice on one verdict orders one run.
      const { runId } = await ports.runs.enqueue({
        tenant,
        runId: nameBasedId(id, 'curation run'),
        input: {},
        trace,
        isOwn: true,
      });
      return { curation_run: runId };
    },
  });
}
