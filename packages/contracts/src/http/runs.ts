import type { ErrorCode, RunArea } from '@retort/kernel';
import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import type { Owner } from '../owners.ts';
import type { Scope } from '../scopes.ts';
import { page, pagingQuery } from './paging.ts';

/** The states every long run goes through. */
export const runState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
export type RunState = z.infer<typeof runState>;

/** The members every kind of run has. */
export const run = z.object({
  run_id: z.string().describe('Names the run.'),
  state: runState.describe('Where the run stands; `succeeded`, `failed` and `cancelled` are final.'),
  created_at: z.string().describe('When the run was asked for.'),
  finished_at: z.string().nullable().describe('When the run ended; null before.'),
  progress: z
    .object({
      fraction: z.number().describe('The share of the work that is done, 0 to 1.'),
      step: z.string().describe('What the run does now.'),
    })
    .describe('How far the run has come.'),
  error: z
    .object({
      code: z.string().describe('A code of the registry of errors.'),
      message: z.string().describe('What went wrong.'),
    })
    .nullable()
    .describe('Why the run failed; null otherwise.'),
});

/** Data of `event: progress`. */
export const runStep = z.object({
  at: z.string().describe('When the step began.'),
  fraction: z.number().describe('The share of the work that was done, 0 to 1.'),
  step: z.string().describe('What the run did.'),
  metrics: z.record(z.string(), z.number()).nullable().describe('Figures worth watching, by name.'),
});

export const runParams = z.strictObject({ run_id: z.string().max(256).describe('The run.') });

interface WatchedRuns<View extends z.ZodType> {
  owner: Owner;
  area: RunArea;
  /** Cancels. */
  scope: Scope;
  /** Reads; `scope` when absent. */
  readScope?: Scope;
  /** As ids name it: `CurationRun` gives getCurationRun, listCurationRuns, … */
  name: string;
  /** As sentences name it: `curation run`. */
  noun: string;
  view: View;
  /** Where the runs stood in an earlier release. */
  formerBase?: string;
  /** Who starts, cancels or resumes one is put on record, as `<audited>.start` and so on. */
  audited?: string;
}
export interface RunEndpoints<Create extends CreateRun, View extends z.ZodType> extends WatchedRuns<View> {
  /** Its scope, unless `create` names another, is `scope`. */
  create: Create;
}
interface CreateRun {
  id: string;
  summary: string;
  /** Where it is not the path of the list. */
  path?: string;
  formerPath?: string;
  query?: z.ZodObject;
  body?: z.ZodType | { raw: Readonly<Record<string, z.ZodType>> };
  errors: readonly ErrorCode[];
}

/** The endpoints of one kind of run: create, get, list, cancel, events, resume. */
export function runEndpoints<const Create extends CreateRun, View extends z.ZodType>(
  base: string,
  { create, ...runs }: RunEndpoints<Create, View>,
) {
  const { owner, area, scope, name, noun, view } = runs;
  const { former, recorded } = traits(runs);
  return {
    create: endpoint({
      owner,
      method: 'POST',
      path: base,
      scope,
      response: { 202: view },
      ...recorded('start'),
      ...create,
      errors: [...create.errors, 'run.too-many-queued'],
    }),
    ...watchEndpoints(base, runs),
    resume: endpoint({
      id: `resume${name}`,
      owner,
      method: 'POST',
      path: `${base}/{run_id}:resume`,
      ...former('/{run_id}:resume'),
      ...recorded('resume'),
      scope,
      summary: `Queue a ${noun} again that failed or was cancelled; any other stays as it is`,
      params: runParams,
      response: { 200: view },
      errors: [`${area}.no-such-run`, 'run.too-many-queued'],
    }),
  };
}

function traits({ formerBase, audited }: Pick<WatchedRuns<z.ZodType>, 'formerBase' | 'audited'>) {
  return {
    former: (rest: string) => (formerBase === undefined ? {} : { formerPath: `${formerBase}${rest}` }),
    recorded: (verb: string) => (audited === undefined ? {} : { audited: `${audited}.${verb}` }),
  };
}

/** The endpoints of runs that something else starts: get, list, cancel, events. */
export function watchEndpoints<View extends z.ZodType>(base: string, runs: WatchedRuns<View>) {
  const { owner, area, scope, readScope = scope, name, noun, view } = runs;
  const { former, recorded } = traits(runs);
  const errors: readonly ErrorCode[] = [`${area}.no-such-run`];
  const one = `${base}/{run_id}`;
  return {
    list: endpoint({
      id: `list${name}s`,
      owner,
      method: 'GET',
      path: base,
      ...former(''),
      scope: readScope,
      summary: `List the ${noun}s, the newest first`,
      query: pagingQuery,
      response: { 200: page(view) },
      errors: [`${area}.cursor-invalid`, `${area}.cursor-mismatch`],
    }),
    get: endpoint({
      id: `get${name}`,
      owner,
      method: 'GET',
      path: one,
      ...former('/{run_id}'),
      scope: readScope,
      summary: `One ${noun}: how far it has come, and its result`,
      params: runParams,
      response: { 200: view },
      errors,
    }),
    cancel: endpoint({
      id: `cancel${name}`,
      owner,
      method: 'POST',
      path: `${one}:cancel`,
      ...former('/{run_id}:cancel'),
      ...recorded('cancel'),
      scope,
      summary: `Cancel a ${noun}; one that has ended stays as it is`,
      params: runParams,
      response: { 200: view },
      errors,
    }),
    events: endpoint({
      id: `follow${name}`,
      owner,
      method: 'GET',
      path: `${one}/events`,
      ...former('/{run_id}/events'),
      scope: readScope,
      summary: `The steps of a ${noun} as they happen; resumes after Last-Event-ID`,
      params: runParams,
      headers: z.object({
        'last-event-id': z.coerce.number().int().min(0).default(0).describe('The last step that was received.'),
      }),
      response: { 200: { events: { progress: runStep, done: view } } },
      errors,
    }),
  };
}
