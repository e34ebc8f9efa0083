import type { Logger } from 'pino';
import { urlOf } from '../http/address.ts';
import { trackConnections } from '../http/connections.ts';
import { healthRoutes, type Health } from '../http/health.ts';
import { hostMetrics } from '../http/metrics.ts';
import { describeApi } from '../http/openapi.ts';
import { createServer } from '../http/server.ts';
import type { Routes } from '../types.ts';
import { openTracing, type TracingConfig } from '../tracing/open-tracing.ts';
import { closeServer } from './closing.ts';
import type { InfrastructureConfig } from './infrastructure.ts';
import { mountService } from './mount.ts';

export interface OpenServerOptions {
  /** Its routes and their metrics bear it. */
  name: string;
  config: Pick<InfrastructureConfig, 'host' | 'port' | 'trustedProxies' | 'drainDelayMs' | 'shutdownTimeoutMs'> &
    TracingConfig;
  log: Logger;
  health: Pick<Health, 'checks' | 'suffices'>;
  /** Every route is public: whoever is behind it says who may call. */
  routes(app: Routes): void | Promise<void>;
}

export interface OpenServer {
  url: string;
  /** As a host closes: readiness drops, no connection is accepted, requests in flight end. */
  close(): Promise<void>;
}

/** A server with the manners of a host, its probes, problems, metrics and description, and without what a host keeps: no
 *  database, no log of events, no keys. */
export async function openServer({ name, config, log, health, routes }: OpenServerOptions): Promise<OpenServer> {
  const metrics = hostMetrics();
  const tracing = await openTracing(config, log, name);
  const app = createServer({ log, metrics, tracing, trustedProxies: config.trustedProxies });
  const connections = trackConnections(app.server);
  let isDraining = false;
  describeApi(app, { title: 'Retort', version: '1.0.0' });
  await mountService(app, { name, log: log.child({ service: name }), routes });
  healthRoutes(app, { ...health, metrics, unavailable: () => (isDraining ? 'draining' : null) });
  await app.listen({ host: config.host, port: config.port });
  const url = urlOf(app);
  log.info({ url, services: [name] }, 'listening');
  return {
    url,
    close: async () => {
      isDraining = true;
      await closeServer(app, connections, config);
      await tracing.close();
    },
  };
}
