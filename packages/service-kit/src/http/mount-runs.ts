import { urlOf, type Endpoint, type QueryOf, type runEndpoints } from '@retort/contracts';
import type { RunArea } from '@retort/kernel';
import { z } from 'zod';
import type { RunList, RunQueue } from '../runs/run-queue.ts';
import type { Run } from '../runs/run.ts';
import type { Routes } from '../types.ts';
import { accepted, serverSentEvents, type ServerSentEvent } from './answers.ts';
import { mount, type Requested, type MountOptions } from './mount.ts';
import { pageMap, pageOf } from './page.ts';

/** What `runEndpoints` of the contracts gives. */
type RunEndpoints = Record<keyof ReturnType<typeof runEndpoints>, Endpoint>;
type ViewOf<E extends RunEndpoints> = E['get']['response'][200] extends infer View extends z.ZodType
  ? z.input<View>
  : never;

export interface RunsToMount<E extends RunEndpoints, Input, Result> {
  area: RunArea;
  queue: RunQueue<Input, Result>;
  view: (run: Run<Input, Result>) => ViewOf<E>;
  /** Checks what was asked for and queues it. */
  start: (request: Requested<E['create']>) => Promise<Run<Input, Result>>;
  /** Whose runs they are, where they are not the caller's tenant's. */
  tenant?: string;
  create?: MountOptions;
  /** What the query of the list narrows it by, beside the page. */
  narrowedBy?: (query: QueryOf<E['list']>) => Pick<RunList, 'state' | 'finishedBy'>;
}

const position = z.object({ createdAt: z.string(), runId: z.string() });

/** Serves one kind of run: create, list, get, cancel, resume, events. */
export function mountRuns<E extends RunEndpoints, Input extends object, Result extends object>(
  app: Routes,
  endpoints: E,
  { area, queue, view, start, tenant, create, narrowedBy }: RunsToMount<E, Input, Result>,
): void {
  const { list, get, cancel, resume, events }: RunEndpoints = endpoints;
  const tenantOf = ({ caller }: Requested<Endpoint>) => tenant ?? caller.tenant;
  const runIdOf = ({ params }: Requested<Endpoint>) => (params as unknown as { run_id: string }).run_id;
  const shown = (run: Run<Input, Result>) => view(run) as never;

  mount<Endpoint>(
    app,
    endpoints.create,
    async (request) => {
      const run = await start(request as Requested<E['create']>);
      return accepted(shown(run), urlOf(get, { params: { run_id: run.runId } } as never));
    },
    create,
  );
  mount(app, list, async (request) => {
    const query = request.query as unknown as { limit: number; cursor?: string };
    const page = await pageOf({
      area,
      query,
      position,
      positionOf: ({ createdAt, runId }: Run<Input, Result>) => ({ createdAt, runId }),
      read: (after, limit) =>
        queue.list({
          tenant: tenantOf(request),
          limit,
          after: after ?? undefined,
          ...narrowedBy?.(request.query as QueryOf<E['list']>),
        }),
    });
    return pageMap(page, shown) as never;
  });
  mount(app, get, async (request) => shown(await queue.get(tenantOf(request), runIdOf(request))));
  mount(app, cancel, async (request) => shown(await queue.cancel(tenantOf(request), runIdOf(request))));
  mount(app, resume, async (request) => shown(await queue.resume(tenantOf(request), runIdOf(request))));
  mount(app, events, async (request) => {
    const run = { tenant: tenantOf(request), runId: runIdOf(request) };
    await queue.get(run.tenant, run.runId);
    const gone = new AbortController();
    request.reply.raw.once('close', () => gone.abort());
    const after = (request.headers as unknown as { 'last-event-id': number })['last-event-id'];
    const steps = queue.follow({ ...run, after, signal: gone.signal });
    const final = async () => shown(await queue.get(run.tenant, run.runId));
    return serverSentEvents(progressOf(steps, final)) as never;
  });
}

/** `progress` with an id to resume after, for each step; at the end `done` with the run itself. */
async function* progressOf(
  steps: ReturnType<RunQueue<object, object>['follow']>,
  final: () => Promise<unknown>,
): AsyncIterable<ServerSentEvent> {
  for await (const { sequence, ...step } of steps) yield { event: 'progress', id: sequence, data: step };
  yield { event: 'done', data: await final() };
}
