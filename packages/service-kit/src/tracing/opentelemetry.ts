import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace as api, type Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Trace } from './trace.ts';
import { formatTraceParent, parseTraceParent } from './trace-parent.ts';
import type { Tracing } from './tracing.ts';

export interface OpenTelemetryOptions {
  /** `…/v1/traces`. */
  url: string;
  /** The share of traces that are recorded, from 0 to 1, of those that no caller decided on. */
  sampled: number;
  /** `service.name`. */
  service: string;
  /** Told why spans could not be sent, and (null) when they were. */
  onOutcome(trouble: string | null): void;
}

const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL };

/** Spans as OpenTelemetry records them, sent in batches over OTLP. Its global context is not used: a trace is handed on as an
 *  argument, through queues and tables too, where no context of a process reaches. */
export function openTelemetryTracing({ url, sampled, service, onOutcome }: OpenTelemetryOptions): Tracing {
  const exporter = observed(new OTLPTraceExporter({ url, timeoutMillis: 5_000 }), onOutcome);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampled) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000, maxQueueSize: 8_192 })],
  });
  const tracer = provider.getTracer('retort');
  return {
    begin({ name, kind, trace, attributes = {}, startedAt }) {
      const options = {
        kind: kinds[kind],
        attributes: { ...attributes, 'retort.correlation_id': trace.correlationId },
        ...(startedAt !== undefined && { startTime: startedAt }),
      };
      const span = tracer.startSpan(name, options, beneath(trace));
      return {
        trace: { ...trace, traceParent: formatTraceParent(span.spanContext()) },
        end({ failed = false, attributes: learnt } = {}) {
          if (learnt) span.setAttributes(learnt);
          if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    close: () => provider.shutdown().catch(() => undefined), // why, onOutcome was told
  };
}

function beneath({ traceParent }: Trace): Context {
  if (traceParent === undefined) return ROOT_CONTEXT;
  return api.setSpanContext(ROOT_CONTEXT, { ...parseTraceParent(traceParent), isRemote: true });
}

function observed(exporter: SpanExporter, onOutcome: OpenTelemetryOptions['onOutcome']): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        onOutcome(result.code === 0 ? null : (result.error?.message ?? 'the exporter does not say why'));
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
