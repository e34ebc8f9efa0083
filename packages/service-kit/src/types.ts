import type { AnswerOf, Endpoint, EventType, LineOf, OptionalArgument, RequestOf, Scope } from '@retort/contracts';
import type { ArtifactStore } from '@retort/artifact-store';
import type { EventBus } from '@retort/event-bus';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import type { Clock, NewId } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import type { Privacy } from '@retort/privacy';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { Usage } from './access/limits.ts';
import type { Trace } from './tracing/trace.ts';
import type { Tracing } from './tracing/tracing.ts';

export type { Trace } from './tracing/trace.ts';

/** A scope of the server that a service mounts its endpoints on. */
export type Routes = FastifyInstance;

/** Who is calling: resolved from the API key before a handler runs (`request.caller`). The tenant comes from here and
 *  from nowhere else. */
export interface Caller {
  keyId: string;
  tenant: string;
  scopes: readonly Scope[];
  /** One of our own services, on behalf of the tenant. */
  isService: boolean;
  /** What the tenant may use, and has used. */
  usage: Usage;
  /** Whether the key is still good, for an answer that goes on for long; absent where there is none. */
  holds?(): Promise<boolean>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Throws on a public route: nobody was asked who they are. */
    caller: Caller;
    trace: Trace;
  }
  interface FastifyContextConfig {
    /** The scope a caller's key must carry. Every route names one, or is `public`. */
    scope?: Scope;
    public?: boolean;
    /** The name of the administrative action that the route stands for: each request is put on record before it is
     *  carried out. A function says which requests are one, by name; null for the others. */
    audited?: string | ((request: FastifyRequest) => string | null);
    /** Values of JSON that a body may hold; 50,000 when absent. */
    bodyValues?: number;
    /** What a mounted route serves. */
    endpoint?: Endpoint;
    /** Set by the host: the service whose route this is. */
    service?: string;
  }
}

/** HTTP to another service, as itself but on behalf of a tenant, carrying the trace. */
export interface ServiceClient {
  as(tenant: string, trace: Trace): BoundClient;
}
/** A client bound to a tenant and a trace. A problem comes back as the fault it was made from. */
export interface BoundClient {
  /** Calls an endpoint and gives its JSON answer, checked.
   *  @throws whatever the endpoint refuses with; `http.unreachable`, `http.timeout`, `http.unexpected-answer` */
  call<E extends Endpoint>(endpoint: E, ...request: CallArguments<E>): Promise<AnswerOf<E>>;
  /** The NDJSON answer of an endpoint, a checked line at a time. */
  lines<E extends Endpoint>(endpoint: E, ...request: CallArguments<E>): AsyncIterable<LineOf<E>>;
  /** The same, parsed and not checked: for readers that hand the lines on, or check them elsewhere. */
  uncheckedLines<E extends Endpoint>(endpoint: E, ...request: CallArguments<E>): AsyncIterable<unknown>;
}
export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** For a whole answer; for NDJSON between two pieces of it. The client's when absent. */
  timeoutMs?: number | undefined;
}
export type CallArguments<E extends Endpoint> = OptionalArgument<RequestOf<E> & CallOptions>;
/** Arithmetic that would block the event loop runs here, in a worker thread. */
export interface Compute {
  /** Runs the default export of the module at `task` in a worker thread. `input` is structured-cloned; progress
   *  reported by the task reaches `onProgress`. Aborting the signal terminates the thread. A fault thrown by the task
   *  arrives as that fault. */
  run<Input, Output>(
    task: URL,
    input: Input,
    options?: {
      signal?: AbortSignal;
      onProgress?: OnProgress;
      /** Handed over to the thread instead of copied; unusable here afterwards. */
      transfer?: readonly ArrayBuffer[];
    },
  ): Promise<Output>;
}
export interface Progress {
  /** 0 to 1. */
  fraction: number;
  step: string;
  /** What is worth watching, by name. */
  metrics?: Record<string, number>;
}
export type OnProgress = (progress: Progress) => void;
/** What the default export of a task's module looks like. */
export type Task<Input, Output> = (input: Input, report: OnProgress) => Output | Promise<Output>;

export interface ServiceContext<Config> {
  name: string;
  config: Config;
  log: Logger;
  /** This service's schema is first in its search path. */
  db: Database;
  events: EventStore;
  /** The log as it is stored, encrypted data as such: for whoever carries it or proves it, and reads none of it. */
  storedEvents: Pick<EventStore, 'readAll' | 'subscribe' | 'head'>;
  bus: EventBus;
  artifacts: ArtifactStore;
  /** On the disk of this process: for what must outlive it. It is made by whoever needs it. */
  folder: string;
  /** What is done about personal data; null: nothing. */
  privacy: Privacy | null;
  http: ServiceClient;
  compute: Compute;
  metrics: Registry;
  tracing: Tracing;
  clock: Clock;
  newId: NewId;
}

/** A fold of events of one type into rows of the service's own tables. It is fed by the bus, and by the log when the tables
 *  are made again. Applying an event twice, or after a later one of its aggregate, changes nothing; nothing but the event
 *  decides what the rows hold. */
export interface ReadModel<Type extends EventType = EventType> {
  type: Type;
  /** The tables that it fills. A rebuild folds the log into tables of these names in another schema: `apply` reads no other. */
  fills: readonly FoldedTable[];
  apply(event: ReceivedEvent<Type>, transaction: Queryable): Promise<void>;
  /** `log`: the service writes the rows as it records the event, and needs the log only to make them again. `bus` when absent. */
  follows?: 'bus' | 'log';
}

/** A table of a service whose rows follow from the log. */
export interface FoldedTable {
  name: string;
  /** Columns that the log decides; every column when absent. */
  columns?: readonly string[];
  /** SQL about a row: whether it is the log's at all. Every row is when absent. */
  where?: string;
  /** Rows of which the log knows nothing are no difference: they are older than their events, or tell of what is under way. */
  mayHoldMore?: boolean;
}

/** A fold of many events at a time, kept by a loop of the service that follows the log itself. */
export interface LogFold {
  name: string;
  fills: readonly FoldedTable[];
  /** How far the tables know the log. They are written under the shared lock of the read models. */
  position(): Promise<string | null>;
  fold: Fold;
  /** Sets an event aside that the database refuses. */
  setAside(event: RecordedEvent, error: string, transaction: Queryable): Promise<void>;
}

/** Makes rows of a slice of the log, in its order, and gives what writes them; that resolves to how many events it set
 *  aside. Rows of the next slice are made while these are written. */
export type Fold = (events: readonly RecordedEvent[]) => (transaction: Queryable) => Promise<number>;

/** Evidence about the log that a service keeps. */
export interface LogEvidence {
  name: string;
  /** Compares the evidence with the log. Null when nothing differs. */
  verify(): Promise<{ kind: string; eventId: string | null } | null>;
}

/** A reaction to what is new: it is never given history, neither when the tables are made again nor when a bus delivers from
 *  its beginning. `transaction` also holds the consumer's offset: what is written through it happens exactly once. Slow work
 *  belongs into an agent that the policy triggers. */
export interface Policy<Type extends EventType = EventType> {
  type: Type;
  react(event: ReceivedEvent<Type>, transaction: Queryable): Promise<void>;
}

export interface ReceivedEvent<Type extends EventType = EventType> {
  id: string;
  type: Type;
  tenant: string;
  aggregateId: string;
  /** ISO 8601: when it happened. */
  time: string;
  /** Where it stands in the log. */
  position: string;
  /** The event that caused this one. */
  causationId: string | null;
  /** What a handler does is caused by this event. */
  trace: Trace;
  /** Upcast to the current schema and checked. */
  data: import('@retort/contracts').EventData<Type>;
}

/** Something that runs for as long as the service does: a projection, a relay, an agent's schedule. It returns when the
 *  signal aborts; when it throws, it is started again with back-off and the service is not ready meanwhile. */
export interface Loop {
  name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** An endpoint that services of the same process call as a function: for answers that cost less than a request over HTTP.
 *  In another process the same call goes over HTTP. */
export interface InProcess {
  endpoint: Endpoint;
  answer(request: InProcessRequest<Endpoint>): unknown;
}
export type InProcessRequest<E extends Endpoint> = RequestOf<E> & { tenant: string; trace: Trace };

export interface BuiltService {
  /** Mounts the endpoints that the service owns. */
  routes?: (app: Routes) => void | Promise<void>;
  /** Endpoints that other services of this process call without HTTP. */
  inProcess?: readonly InProcess[];
  /** What the service's tables hold of the log. */
  readModels?: readonly ReadModel[];
  logFolds?: readonly LogFold[];
  evidence?: readonly LogEvidence[];
  policies?: readonly Policy[];
  loops?: readonly Loop[];
  /** Throws when the service cannot do its work now (beyond database, store and bus, which are asked anyway). */
  ready?: () => Promise<void>;
  /** Called after loops and consumers ended and before connections close. */
  close?: () => Promise<void>;
}

export type Need = 'database' | 'events' | 'bus';

/** A service is a page: what it needs, what it offers. */
export interface ServiceDefinition<Config extends z.ZodType = z.ZodType> {
  name: string;
  /** Without which the service cannot do its work: readiness asks for these only. All of them when absent. */
  needs?: readonly Need[];
  config: Config;
  /** Folder of `NNNN-name.sql` files, applied in order into the schema named after the service (dashes become
   *  underscores); none when absent. */
  migrations?: URL;
  build(context: ServiceContext<z.infer<Config>>): BuiltService | Promise<BuiltService>;
}
