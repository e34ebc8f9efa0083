import type { ArtifactStore } from '@retort/artifact-store';
import type { EventBus } from '@retort/event-bus';
import type { EventStore } from '@retort/event-store';
import type { Database } from '@retort/postgres';
import { privacyPolicy, type Privacy } from '@retort/privacy';
import { z } from 'zod';
import { secret } from '../config/secret.ts';
import { tracingSettings } from '../tracing/open-tracing.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { artifactSettings } from './artifact-settings.ts';
import { kafkaSettings } from './kafka-settings.ts';

/** What every process needs besides its services' own settings. Read from `RETORT_<KEY>`. */
export const infrastructureConfig = z.object({
  /** `postgres://…`; each service keeps to its own schema. `?sslmode=verify-full&sslrootcert=/path/ca.pem` asks for TLS. */
  databaseUrl: z.string().min(1),
  /** Connections at most, per service. */
  databaseConnections: z.int().positive().default(5),
  /** Where the log of events is kept. */
  eventStore: z.enum(['postgres', 'eventstoredb']).default('postgres'),
  /** `esdb://…`, for `eventstoredb`. */
  eventStoreUrl: z.string().optional(),
  /** What the names of this platform's streams begin with there: one for each that shares the server. */
  eventStoreStreamPrefix: z
    .string()
    .regex(/^([A-Za-z0-9_-]+\.)?$/, 'expected letters, digits, "_" and "-" with a dot at the end, such as "retort."')
    .default(''),
  /** What carries events to other services. */
  bus: z.enum(['postgres', 'kafka']).default('postgres'),
  /** `host:port`, separated by commas, for `kafka`. */
  kafkaBrokers: z.array(z.string()).default([]),
  ...kafkaSettings,
  ...artifactSettings,
  /** Artifacts lie here unless they are in a bucket, and what an embedded database needs. */
  dataFolder: z.string().default('.retort'),
  /** What waits for its delivery lies here: on a disk of this process alone. `spool` in the data folder when absent. */
  spoolFolder: z.string().optional(),
  /** The address that is listened on; `0.0.0.0` is every one. */
  host: z.string().default('127.0.0.1'),
  /** 0 takes a free one. */
  port: z.int().min(0).max(65_535).default(8080),
  /** The least that is logged. */
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Largest body in bytes of a route that says nothing else. */
  bodyLimit: z.int().positive().default(1_048_576),
  /** Requests a second of an API key that has no rate of its own; as many as come when absent. Every process counts what
   *  reaches it. */
  keyRequestsPerSecond: z.number().positive().optional(),
  /** Refused API keys that an address may send at once; one more a second. */
  refusedKeysPerAddress: z.int().positive().default(20),
  /** Addresses or networks of the proxies in front: their `x-forwarded-for` says who calls. Nobody's is believed when
   *  absent. */
  trustedProxies: z.array(z.string()).default([]),
  /** Threads for heavy arithmetic; the number of cores when absent. */
  computeThreads: z.int().positive().optional(),
  /** How long readiness is down before connections are refused, so that a load balancer can notice. */
  drainDelayMs: z.int().min(0).default(200),
  /** How long requests in flight, consumers and loops may take to end. */
  shutdownTimeoutMs: z.int().positive().default(15_000),
  /** The key with which services call one another, for any tenant: one for all processes. One that hosts everything
   *  needs none. */
  serviceKey: secret(z.string().regex(/^rt_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/, 'expected rt_<12>_<43>')).optional(),
  /** Where other services are: JSON of path prefix → base URL; the longest prefix wins. */
  peers: z.record(z.string().startsWith('/'), z.url()).default({}),
  /** What is done about personal data, as JSON: nothing when absent. See docs/how-to/protect-personal-data.md. */
  privacy: privacyPolicy.optional(),
  /** The key that the keys of tenants follow from: 32 bytes in base64, here or in a file. */
  privacyKey: secret().optional(),
  /** The same, in a file. */
  privacyKeyFile: z.string().optional(),
  /** Where every other path is; this process itself when absent. */
  gatewayUrl: z.url().optional(),
  ...tracingSettings,
});
export type InfrastructureConfig = z.infer<typeof infrastructureConfig>;

/** The expensive model: settings for the services that call it, to be spread into their own schema. */
export const teacherSettings = {
  /** Base URL of an OpenAI-compatible endpoint, `…/v1`. */
  teacherBaseUrl: z.url().optional(),
  /** The key of that endpoint. */
  teacherApiKey: secret().optional(),
  /** The model that is asked there. */
  teacherModel: z.string().optional(),
};

/** The connections a process works with. Whoever makes them closes them. */
export interface Infrastructure {
  config: InfrastructureConfig;
  /** A pool whose search path is this schema. The same schema again is the same pool. */
  database(schema: string): Database;
  /** What is stored encrypted is read in the clear. */
  events: EventStore;
  /** The log as it is stored: for whoever carries it or proves it, and reads none of it. */
  storedEvents: Pick<EventStore, 'readAll' | 'subscribe' | 'head'>;
  /** What is done about personal data; null: nothing. */
  privacy: Privacy | null;
  bus: EventBus;
  artifacts: ArtifactStore;
  tracing: Tracing;
  close(): Promise<void>;
}

/** The base URL of a path: its peer, else the gateway, else this process itself. */
export function baseUrlOf(
  config: Pick<InfrastructureConfig, 'peers' | 'gatewayUrl'>,
  path: string,
  own: string,
): string {
  const prefixes = Object.keys(config.peers).filter(
    (prefix) =>
      path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`) || path.startsWith(`${prefix}:`),
  );
  const longest = prefixes.sort((left, right) => right.length - left.length)[0];
  return (longest === undefined ? undefined : config.peers[longest]) ?? config.gatewayUrl ?? own;
}
