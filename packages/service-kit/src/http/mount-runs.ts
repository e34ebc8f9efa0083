import {
  timestamp,
  urlOf,
  type Endpoint,
  type QueryOf,
  type runEndpoints,
  type watchEndpoints,
} from '@retort/contracts';
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
/** What `watchEndpoints` of the contracts gives. */
type WatchEndpoints = Record<keyof ReturnType<typeof watchEndpoints>, Endpoint>;
type ViewOf<E extends WatchEndpoints> = E['get']['response'][200] extends infer View extends z.ZodType
  ? z.input<View>
  : never;

export interface WatchedRuns<E extends WatchEndpoints, Input, Result> {
  area: RunArea;
  queue: RunQueue<Input, Result>;
  view: (run: Run<Input, Result>) => ViewOf<E>;
  /** Whose runs they are, where they are not the caller's tenant's. */
  tenant?: string;
  /** What the query of the list narrows it by, beside the page. */
  narrowedBy?: (query: QueryOf<E['list']>) => Pick<RunList, 'state' | 'finishedBy' | 'begun'>;
}
export interface RunsToMount<E extends RunEndpoints, Input, Result> extends WatchedRuns<E, Input, Result> {
  /** Checks what was asked for and queues it. */
  start: (request: Requested<E['create']>) => Promise<Run<Input, Result>>;
  create?: MountOptions;
}

const position = z.object({ createdAt: timestamp, runId: z.string() });
const runIdOf = ({ params }: Requested<Endpoint>) => (params as unknown as { run_id: string }).run_id;

/** Serves one kind of run: create, list, get, cancel, resume, events. */
export function mountRuns<E extends RunEndpoints, Input extends object, Result extends object>(
  app: Routes,
  endpoints: E,
  { start, create, ...runs }: RunsToMount<E, Input, Result>,
): void {
  const { get, resume }: RunEndpoints = endpoints;
  const { queue, view, tenant } = runs;
  mount<Endpoint>(
    app,
    endpoints.create,
    async (request) => {
      const run = await start(request as Requested<E['create']>);
      return accepted(view(run) as never, urlOf(get, { params: { run_id: run.runId } } as never));
    },
    create,
  );
  mountWatchedRuns(app, endpoints, runs);
  mount(
    app,
    resume,
    async (request) => view(await queue.resume(tenant ?? request.caller.tenant, runIdOf(request))) as never,
  );
}

/** Serves runs that something else starts: list, get, cancel, events. */
export function mountWatchedRuns<E extends WatchEndpoints, Input extends object, Result extends object>(
  app: Routes,
  endpoints: E,
  { area, queue, view, tenant, narrowedBy }: WatchedRuns<E, Input, Result>,
): void {
  const { list, get, cancel, events }: WatchEndpoints = endpoints;
  const tenantOf = ({ caller }: Requested<Endpoint>) => tenant ?? caller.tenant;
  const shown = (run: Run<Input, Result>) => view(run) as never;

  mount(app, list, async (request) => {
    const query = request.query as unknown as { limit: number; cursor?: string };
    const page = await pageOf({
      area,
      query: { ...query, runs: list.path, tenant: tenantOf(request) },
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
