import type { FastifyReply, FastifyRequest } from 'fastify';
import { AggregatorRegistry, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** The metrics of everything one process hosts: a registry per service, and one of the process itself. */
export interface HostMetrics {
  of(service: string): Registry;
  /** Counts a finished request under its route's pattern. */
  observe(request: FastifyRequest, reply: FastifyReply): void;
  /** All registries in the text format, each metric with the label `service`. */
  text(): Promise<{ contentType: string; body: string }>;
}

/** Nobody needs a key to ask: what was gathered is told again for so many times as long as it took, so that asking takes a fifth
 *  of the process at most. */
const restFactor = 4;

/** The host answers these itself; measuring the probes would drown the rest. */
const host = 'host';

export function hostMetrics(): HostMetrics {
  const process = new Registry();
  collectDefaultMetrics({ register: process });
  // Sums of the gauges without `_total`, a suffix that belongs to counters.
  for (const sum of ['handles', 'requests', 'resources']) process.removeSingleMetric(`nodejs_active_${sum}_total`);
  let said: { text: ReturnType<HostMetrics['text']>; until: number } | undefined;
  const services = new Map<string, { registry: Registry; requests: Histogram<'method' | 'route' | 'status_code'> }>();

  function entry(service: string) {
    const known = services.get(service);
    if (known) return known;
    const registry = new Registry();
    registry.setDefaultLabels({ service });
    const requests = new Histogram({
      name: 'retort_http_request_duration_seconds',
      help: 'Time from the arrival of a request to the end of its answer.',
      labelNames: ['method', 'route', 'status_code'],
      buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [registry],
    });
    const made = { registry, requests };
    services.set(service, made);
    return made;
  }

  return {
    of: (service) => entry(service).registry,
    observe(request, reply) {
      const { url: route, config } = request.routeOptions;
      if (config.service === undefined && route !== undefined) return;
      entry(config.service ?? host).requests.observe(
        { method: request.method, route: route?.replaceAll('::', ':') ?? 'unmatched', status_code: reply.statusCode },
        reply.elapsedTime / 1000,
      );
    },
    text() {
      if (said && performance.now() < said.until) return said.text;
      const beganAt = performance.now();
      const text = gather().finally(() => {
        const took = performance.now() - beganAt;
        said = { text, until: performance.now() + took * restFactor };
      });
      // Whoever asks meanwhile gets the same.
      said = { text, until: Infinity };
      return text;
    },
  };

  async function gather() {
    const ofServices = await Promise.all([...services.values()].map(({ registry }) => registry.getMetricsAsJSON()));
    // Metrics of the same name in two services become one metric with two values of `service`.
    const merged = AggregatorRegistry.aggregate(ofServices);
    return { contentType: merged.contentType, body: `${await process.metrics()}\n${await merged.metrics()}` };
  }
}
