import { projectionRebuilds, type ProjectionRebuild } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import { mountRuns, type Routes, type Run, type RunQueue } from '@retort/service-kit';
import { rebuildInProgress, type RebuildResult } from '../app/rebuild.ts';

/** The tables hold every tenant's rows: whoever may rebuild them sees all rebuilds. */
const tenant = '*';

export interface RebuildPorts {
  queue: RunQueue<object, RebuildResult>;
  newId: NewId;
}

export function rebuildRoutes(app: Routes, { queue, newId }: RebuildPorts): void {
  mountRuns(app, projectionRebuilds, {
    area: 'projections',
    queue,
    view: viewOf,
    tenant,
    async start({ trace }) {
      const [last] = await queue.list({ tenant, limit: 1 });
      if (last && last.finishedAt === null) throw rebuildInProgress();
      return queue.enqueue({ tenant, runId: newId(), input: {}, trace });
    },
  });
}

function viewOf(run: Run<object, RebuildResult>): ProjectionRebuild {
  const { runId, state, createdAt, finishedAt, progress, error, result } = run;
  const checksums = result.checksums?.map(({ differingRows, ...rest }) => ({ ...rest, differing_rows: differingRows }));
  return {
    run_id: runId,
    state,
    created_at: createdAt,
    finished_at: finishedAt,
    progress,
    error,
    position: result.position ?? null,
    checksums: checksums ?? null,
    healed: state === 'succeeded' && checksums ? checksums.some(({ equal }) => !equal) : null,
  };
}
