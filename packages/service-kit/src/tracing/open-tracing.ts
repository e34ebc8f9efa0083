import type { Logger } from 'pino';
import { z } from 'zod';
import { sparingLog } from '../sparing-log.ts';
import { noTracing, type Tracing } from './tracing.ts';

/** To be spread into the schema of a process. */
export const tracingSettings = {
  /** Base URL of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://collector:4318`: traces go there. Nobody
   *  traces when absent. */
  otlpUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The share of traces that begin here and are recorded, from 0 to 1; a caller's `traceparent` says it for its own. */
  tracesSampled: z.number().min(0).max(1).default(1),
};
export type TracingConfig = z.infer<z.ZodObject<typeof tracingSettings>>;

/** OpenTelemetry's packages are loaded where somebody traces, and nowhere else. */
export async function openTracing(config: TracingConfig, log: Logger, service = 'retort'): Promise<Tracing> {
  if (config.otlpUrl === undefined) return noTracing;
  const { openTelemetryTracing } = await import('./opentelemetry.ts');
  const said = sparingLog(log);
  return openTelemetryTracing({
    url: `${config.otlpUrl.replace(/\/$/, '')}/v1/traces`,
    sampled: config.tracesSampled,
    service,
    onOutcome: (trouble) => {
      if (trouble === null) said.over('traces', 'the collector of traces answers again');
      else said.trouble('traces', `Spans could not be sent to the collector at ${config.otlpUrl!}: ${trouble}`);
    },
  });
}
