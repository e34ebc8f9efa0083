import { rebuilds, verifications, type RebuildView, type VerificationView } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { mountRuns } from '../http/mount-runs.ts';
import type { Run } from '../runs/run.ts';
import { runQueue, type RunQueue } from '../runs/run-queue.ts';
import { runWorker } from '../runs/run-worker.ts';
import type { ServiceContext, BuiltService } from '../types.ts';
import { rebuildInProgress } from './make-again.ts';
import {
  executeRebuild,
  executeVerification,
  type RebuildInput,
  type RebuildPorts,
  type RebuildResult,
  type VerificationResult,
} from './runs.ts';

/** The tables hold every tenant's rows: whoever may rebuild them sees all rebuilds. */
const tenant = '*';
/** Work that goes on where it was left. */
const resume = 10;

/** What every host offers beside its services: to make their tables again of the log, and to compare them with it. */
export async function rebuildService(
  context: ServiceContext<unknown>,
  services: RebuildPorts['services'],
): Promise<BuiltService> {
  const { events: store, artifacts, newId } = context;
  const ports = { services, store, artifacts };
  // Processes that host one service each share the tables of the runs.
  const suffix = services.length === 1 ? ` ${services[0]!.name}` : '';
  const [rebuildKind, verificationKind] = [`rebuild${suffix}`, `verification${suffix}`];
  const area = 'rebuilds';
  const made = runQueue<RebuildInput, RebuildResult>({ context, area, kind: rebuildKind });
  const verified = runQueue<RebuildInput, VerificationResult>({ context, area, kind: verificationKind });
  await made.prepare();

  async function start<Result>(
    queue: RunQueue<RebuildInput, Result>,
    { body, trace }: { body: { service?: string | undefined } | null | undefined; trace: Run<object, object>['trace'] },
  ): Promise<Run<RebuildInput, Result>> {
    const service = body?.service ?? null;
    const known = services.map(({ name }) => name);
    if (service !== null && !known.includes(service))
      throw fault('rebuilds.no-such-service', { public: `This process hosts ${known.join(', ')}.` });
    for (const other of [made, verified]) {
      const [last] = await other.list({ tenant, limit: 1 });
      if (last && last.finishedAt === null) throw rebuildInProgress();
    }
    return queue.enqueue({ tenant, runId: newId(), input: { service }, trace });
  }

  return {
    routes(app) {
      mountRuns(app, rebuilds, {
        area,
        tenant,
        queue: made,
        view: rebuildView,
        start: ({ body, trace }) => start(made, { body, trace }),
      });
      mountRuns(app, verifications, {
        area,
        tenant,
        queue: verified,
        view: verificationView,
        start: ({ body, trace }) => start(verified, { body, trace }),
      });
    },
    loops: [
      runWorker<RebuildInput, RebuildResult>({
        name: 'rebuilds',
        kind: rebuildKind,
        context,
        resume,
        execute: (run, work) => executeRebuild(ports, run, work),
      }),
      runWorker<RebuildInput, VerificationResult>({
        name: 'verifications',
        kind: verificationKind,
        context,
        resume,
        execute: (run, work) => executeVerification(ports, run, work),
      }),
    ],
  };
}

function commonView({ runId, state, createdAt, finishedAt, progress, error, input }: Run<RebuildInput, object>) {
  return {
    run_id: runId,
    state,
    created_at: createdAt,
    finished_at: finishedAt,
    progress,
    error,
    service: input.service,
  };
}

function rebuildView(run: Run<RebuildInput, RebuildResult>): RebuildView {
  const { events = null, tables = null, healed_rows = null, unreadable = null, missing_artifacts = null } = run.result;
  return { ...commonView(run), events, tables, healed_rows, unreadable, missing_artifacts };
}

function verificationView(run: Run<RebuildInput, VerificationResult>): VerificationView {
  const { events = null, tables = null, differing = null, differences = null } = run.result;
  return { ...commonView(run), events, tables, differing, differences };
}
