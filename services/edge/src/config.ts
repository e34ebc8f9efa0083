import { owners, type Owner } from '@retort/contracts';
import { infrastructureConfig, tracingSettings } from '@retort/service-kit';
import { z } from 'zod';

const origin = z.url().refine((text) => new URL(text).origin === text, 'expected scheme, host and port alone');
const { host, port, logLevel, trustedProxies, drainDelayMs, shutdownTimeoutMs } = infrastructureConfig.shape;

export const config = z.object({
  host,
  port,
  logLevel,
  trustedProxies,
  drainDelayMs,
  shutdownTimeoutMs,
  /** Where a service is; `{service}` stands for its name. */
  serviceUrl: z
    .string()
    .refine((text) => text.includes('{service}'), 'expected {service} in it')
    .default('http://{service}:8080'),
  /** JSON of service → the addresses of its replicas, for those that are elsewhere. */
  serviceUrls: z.partialRecord(z.enum(owners), z.array(origin).min(1)).default({}),
  /** The service that answers what every service does: keys, tenants, rebuilds. */
  accessService: z.enum(owners).exclude(['access']).default('event-projection'),
  /** Largest request body in bytes. A service may take less. */
  largestBody: z
    .int()
    .positive()
    .default(64 * 1_048_576),
  /** Until a connection to a service is open. */
  connectTimeoutMs: z.int().positive().default(3_000),
  /** Until the head of an answer is there, and between two pieces of it: longer than a service gives its upstreams. */
  answerTimeoutMs: z.int().positive().default(660_000),
  /** How long a connection to a service is used: a new replica gets its share within this time. */
  connectionLifetimeMs: z.int().positive().default(60_000),
  /** A line of the log for each request. */
  accessLog: z.boolean().default(true),
  ...tracingSettings,
});
export type Config = z.infer<typeof config>;

/** The services that an edge passes requests to. */
export const services = owners.filter((owner) => owner !== 'access');

/** The addresses of a service's replicas. */
export function addressesOf({ serviceUrl, serviceUrls, accessService }: Config, owner: Owner): readonly string[] {
  const service = owner === 'access' ? accessService : owner;
  return serviceUrls[service] ?? [new URL(serviceUrl.replaceAll('{service}', service)).origin];
}
